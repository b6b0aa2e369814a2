"""Each kind of update that EKS has is told in words."""

import botocore.session

from include.eks_upgrade.aws.updates.words import UPDATE_WORDS, update_words


def test_every_kind_of_the_service_model_has_its_words_and_no_other() -> None:
    model = botocore.session.get_session().get_service_model("eks")
    assert set(UPDATE_WORDS) == set(model.shape_for("UpdateType").enum)


def test_a_kind_that_came_later_has_none() -> None:
    assert update_words("BrandNewUpdate") == update_words(None) == ""
