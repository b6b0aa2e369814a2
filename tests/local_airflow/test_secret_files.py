import stat

from include.local_airflow.secret_files import make_secrets, write_secret_file


def test_a_secret_file_can_be_read_by_its_owner_only(tmp_path):
    file = tmp_path / "new" / "passwords.json"

    write_secret_file(file, "one")
    write_secret_file(file, "two")

    assert file.read_text() == "two"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_secrets_differ_each_time_and_are_long_enough_for_sha512():
    first, second = make_secrets(), make_secrets()

    assert first.password != second.password
    assert first.jwt_secret != second.jwt_secret
    assert len(first.jwt_secret) >= 64
