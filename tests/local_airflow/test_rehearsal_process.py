from include.local_airflow.rehearsal_process import exported


def test_the_environment_is_read_from_its_export_lines():
    text = (
        "The rehearsal is ready.\n"
        "  export AWS_ENDPOINT_URL=http://127.0.0.1:5000\n"
        "export AWS_SECRET_ACCESS_KEY='a b'  # not a real one\n"
        "echo export NOT=this\n"
    )

    assert exported(text) == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:5000",
        "AWS_SECRET_ACCESS_KEY": "a b",
    }
