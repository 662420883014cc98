"""Functions that take secrets: by position, as pairs of a name and a value, or only to hand them on."""

from __future__ import annotations

from labjournal.recorders.secret_names import Kind

__all__ = ["CALLS", "CALL_HINTS", "KEY", "LOGIN_WITH_USER", "PAIRS", "PASSWORD", "QUALIFIED", "THROUGH", "TOKEN", "VALUE_OF"]

CALL_HINTS = ("login", "fernet", "jwt", "hmac", "github(", "gitlab(", "connect", "bot(", "decode", "encode", "setpassword", "client(", "aes", "poly1305", "kaggle", "oauth",
               "signer", "serializer", "openai(", "anthropic(", "keepass", "derive", "http.client", "putenv", "setenv", "slack(", "tweepy", "send_keys")  # fmt: skip
"""In lower case: one of these stands in every cell that calls a function of `CALLS` or `QUALIFIED`."""

PASSWORD = Kind("password", "strong")
KEY = Kind("key", "key")
TOKEN = Kind("token", "key")
# Name of a function → positions of the arguments that are secrets, and how sure that is.
CALLS: dict[str, tuple[tuple[int, ...], Kind]] = {
    "login": ((0, 1), TOKEN),
    "basic_auth": ((1,), PASSWORD),
    "HTTPBasicAuth": ((1,), PASSWORD),
    "HTTPDigestAuth": ((1,), PASSWORD),
    "HTTPProxyAuth": ((1,), PASSWORD),
    "HttpNtlmAuth": ((1,), PASSWORD),
    "BasicAuth": ((1,), PASSWORD),
    "DigestAuth": ((1,), PASSWORD),
    "AuthenticationContext": ((1,), PASSWORD),
    "UsernamePasswordCredential": ((1, 2), PASSWORD),
    "ClientSecretCredential": ((2,), PASSWORD),
    "AzureKeyCredential": ((0,), KEY),
    "AzureSasCredential": ((0,), KEY),
    "AzureNamedKeyCredential": ((1,), KEY),
    "StorageSharedKeyCredential": ((1,), KEY),
    "CognitiveServicesCredentials": ((0,), KEY),
    "IAMAuthenticator": ((0,), KEY),
    "SecretStr": ((0,), PASSWORD),
    "SecretBytes": ((0,), PASSWORD),
    "Secret": ((0,), PASSWORD),
    "Fernet": ((0,), KEY),
    "MultiFernet": ((0,), KEY),
    "AESGCM": ((0,), KEY),
    "ChaCha20Poly1305": ((0,), KEY),
    "SigningKey": ((0,), KEY),
    "SecretBox": ((0,), KEY),
    "URLSafeTimedSerializer": ((0,), KEY),
    "URLSafeSerializer": ((0,), KEY),
    "TimestampSigner": ((0,), KEY),
    "Signer": ((0,), KEY),
    "Github": ((0, 1), TOKEN),
    "Gitlab": ((1,), TOKEN),
    "Bot": ((0,), TOKEN),
    "TeleBot": ((0,), TOKEN),
    "Slacker": ((0,), TOKEN),
    "OpenAI": ((0,), KEY),
    "Anthropic": ((0,), KEY),
    "InferenceClient": ((1,), KEY),
    "create_client": ((1,), KEY),
    "OAuthHandler": ((0, 1), TOKEN),
    "OAuth1": ((0, 1, 2, 3), TOKEN),
    "OAuth1Session": ((0, 1, 2, 3), TOKEN),
    "PyKeePass": ((1,), PASSWORD),
    "setpassword": ((0,), PASSWORD),
    "set_password": ((1, 2), PASSWORD),
    "change_password": ((0, 1), PASSWORD),
    "check_password": ((0, 1), PASSWORD),
    "save_token": ((0,), TOKEN),
    "set_token": ((0,), TOKEN),
    "set_access_token": ((0, 1), TOKEN),
    "set_api_key": ((0,), KEY),
    "set_auth_token": ((0,), TOKEN),
    "set_secret": ((1,), PASSWORD),
    "username_pw_set": ((1,), PASSWORD),
    "login_user": ((1,), PASSWORD),
    "authenticate": ((1,), PASSWORD),
    "load_pem_private_key": ((1,), PASSWORD),
    "load_key_and_certificates": ((1,), PASSWORD),
}  # fmt: skip
# (module or object, function) where the function's name alone says too little.
QUALIFIED: dict[tuple[str, str], tuple[tuple[int, ...], Kind]] = {
    ("jwt", "encode"): ((1,), PASSWORD),
    ("jwt", "decode"): ((1,), PASSWORD),
    ("hmac", "new"): ((0,), PASSWORD),
    ("hmac", "digest"): ((0,), PASSWORD),
    ("pymysql", "connect"): ((2,), PASSWORD),
    ("MySQLdb", "connect"): ((2,), PASSWORD),
    ("oracledb", "connect"): ((1,), PASSWORD),
    ("cx_Oracle", "connect"): ((1,), PASSWORD),
    ("ibm_db", "connect"): ((2,), PASSWORD),
    ("jaydebeapi", "connect"): ((3,), PASSWORD),
    ("pymssql", "connect"): ((2,), PASSWORD),
    ("teradatasql", "connect"): ((2,), PASSWORD),
    ("AES", "new"): ((0,), KEY),
    ("kaggle", "set_config_value"): ((1,), KEY),
}
LOGIN_WITH_USER = frozenset(
    "server smtp imap mail ftp conn connection s session client box session mailbox m M api ig cl bot account smtpobj smtp_server".split()
)
# Functions that take a name and then its value.
PAIRS = frozenset(
    "set setenv putenv setdefault option config setattr getenv get add_header set_option put header setproperty set_secret set_config set_parameter append "
    "set_config_value update_one hset fill type send_header addheader set_env environ pop write_secret create_secret add_secret secret conf with_option "
    "setsystemproperty set_property add set_cookie putheader setheader set_header addproperty".split()
)  # fmt: skip
# Functions through which a literal stays what it is.
THROUGH = frozenset(
    "str bytes bytearray SecretStr SecretBytes Secret b64decode b64encode urlsafe_b64decode fromhex quote quote_plus unquote encode decode strip lstrip "
    "rstrip replace format getenv get setdefault pop Fernet Path StringIO BytesIO cast field Field Option Argument Input Text Password PasswordInput param "
    "Parameter".split()
)  # fmt: skip
VALUE_OF = frozenset(("getenv", "get", "setdefault", "pop"))
