"""Files whose bytes are never kept, and files of data, which are."""

from __future__ import annotations

import io

import pytest

from labjournal.recorders.contents import MEMORY_BYTES, Contents
from labjournal.recorders.redaction import Redactor
from labjournal.recorders.secret_files import looks_secret, named_like_a_secret


@pytest.mark.parametrize(
    "path",
    [
        "/p/.env", "/p/.env.local", "/p/prod.env", "/p/.envrc", "/home/ada/.ssh/config", "/p/id_rsa", "/p/id_ed25519.bak", "/p/server.pem",
        "/p/tls.key", "/p/store.p12", "/p/cert.PFX", "/p/vault.kdbx", "/p/.netrc", "/p/credentials", "/p/Credentials.json", "/p/aws_credentials",
        "/p/secrets.yaml", "/p/.streamlit/secrets.toml", "/p/passwords.csv", "/p/token.json", "/p/oauth_token.pickle", "/p/kaggle.json",
        "/p/client_secret_12.json", "/p/service-account-prod.json", "/p/.pgpass", "/p/.git-credentials", "/home/ada/.aws/config",
        "C:\\Users\\ada\\.ssh\\known_hosts", "/p/terraform.tfstate",
    ],
)  # fmt: skip
def test_names_of_secrets(path: str) -> None:
    assert named_like_a_secret(path)


@pytest.mark.parametrize(
    "path",
    ["/p/prices.csv", "/p/keys.csv", "/p/tokens.parquet", "/p/monkey.txt", "/p/environment.yml", "/p/secretary.csv", "/p/keyboard.json",
     "/p/model.pt", "/p/passenger.csv", "/p/train.tokens.npy", "/p/.hidden.csv"],
)  # fmt: skip
def test_names_of_data(path: str) -> None:
    assert not named_like_a_secret(path)


KEY = b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n"
TOKEN = b"ghp_" + b"a1B2c3D4e5" * 3 + b"f6G7h8"


@pytest.mark.parametrize(
    ("content", "secret"),
    [
        (KEY, True),
        (b"\n\n" + KEY, True),
        (b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5", True),
        (b'{"type": "service_account", "private_key": "' + KEY.replace(b"\n", b"\\n") + b'"}', True),
        (b"name,token\nada," + TOKEN, True),
        (b"a,b\n1,2\n" * 9000 + b"x," + TOKEN, True),
        (b"a,b\n1,2\n" * 100_000 + b"x," + TOKEN, True),
        (b"password: hunter2-and-more\n", True),
        (b"a,b\n1,2\n" * 100_000, False),
        (b"PAR1\0\0" + TOKEN, False),
        (b"", False),
    ],
    ids=str,
)
def test_contents_of_secrets(content: bytes, secret: bool) -> None:
    source = io.BytesIO(content)
    assert secret == looks_secret(source, Redactor({}))
    assert 0 == source.tell()


def test_the_value_of_a_secret_variable_makes_a_file_one() -> None:
    content = b"x,y\n1,purple-Horse-77\n"
    assert not looks_secret(io.BytesIO(content), Redactor({}))
    assert looks_secret(io.BytesIO(content), Redactor({"DB_PASSWORD": "purple-Horse-77"}))


def test_p9_memory_for_contents_is_bounded_and_the_oldest_go_first() -> None:
    contents = Contents(largest=10_000_000)
    assert (True, False, False) == (contents.wants(10_000_000), contents.wants(10_000_001), Contents().wants(1))
    for number in range(40):
        contents.hold(str(number), [bytes(1 << 20)])
    assert contents.take("0") is None
    assert contents.take("39") == bytes(1 << 20)
    assert sum(contents.take(str(number)) is not None for number in range(40)) * (1 << 20) <= MEMORY_BYTES
