"""Which names mean a secret, and which values beside such a name are one.

Names are judged by their words, so `dbPassword`, `DB_PASSWORD` and `db-password` are the same. Three strengths:

    strong   password, passphrase, secret …            nearly any value beside it is a secret
    key      api_key, private_key, access_token …      a value that could be a credential
    weak     token, key, auth, signature …             only a value that looks random: language models have tokens too

What is not masked: empty values, placeholders (`<your token>`, `YOUR_KEY`, `***`), references (`${X}`, `{x}`), names of types.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

__all__ = ["HINTS", "Kind", "is_common", "is_secret", "looks_random", "meaning"]


class Kind(NamedTuple):
    """What a name means: the word for the marker, and how much a value must show before it is masked."""

    word: str
    strength: str


HINTS = tuple("pass pwd pw secret token key auth cred cookie session bearer mnemonic phrase sig jwt sid appid".split())
"""Lower-case letters one of which stands in every name that can mean a secret."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_STRONG_PARTS = ("passw", "passphrase", "passcode", "pgpass")
_PASS_OF = frozenset("account admin app auth basic broker database db email ftp http https imap jdbc ldap login mail mongo mongodb mqtt my mysql "
                     "neo4j oracle pg postgres proxy rabbitmq redis root service sftp smb smtp sql ssh sudo svc user vpn wifi".split())  # fmt: skip
_KEY_OF = frozenset(
    "access account admin aes airtable algolia anthropic api app application auth aws azure bing cloudflare cohere comet consumer datadog deepl "
    "deepseek deploy device elevenlabs encrypt encryption fireworks gcp gemini google gpg groq hf hmac honeycomb huggingface jwt kaggle langchain "
    "langfuse langsmith licence license mailgun maps master mistral neptune nvidia openai openrouter pagerduty perplexity pgp pinecone private "
    "project qdrant replicate resend rsa s3 secret sendgrid sentry serp serpapi service shared sign signing sse ssh storage stripe subscription "
    "symmetric tavily together twilio voyage vault wandb weather weaviate write xai".split()
)
_KEY_FLAT = ("apikey", "accesskey", "privatekey", "authkey", "accountkey", "secretkey", "signingkey", "encryptionkey", "masterkey", "sharedkey",
             "storagekey", "subscriptionkey", "consumerkey", "appkey", "licensekey", "sharedaccesskey", "functionkey", "servicekey")  # fmt: skip
_TOKEN_OF = frozenset(
    "access account admin airtable api app auth aws azure bearer bitbucket bot buildkite circleci client cloudflare codecov databricks deploy device "
    "digitalocean discord do docker dropbox figma figshare gcp gh git github gitlab google grafana hass heroku hf hub huggingface id influx jira jupyter "
    "jwt kaggle linear login mapbox mattermost mlflow netlify notion npm oauth oauth2 openai personal pinecone private pypi refresh registry replicate "
    "root sas secret security sentry service session shopify slack snyk sonar square telegram tg twilio user vault vercel wandb webhook zenodo".split()
)
_ALONE = {"authorization": "authorization", "cookie": "session", "jsessionid": "session", "phpsessid": "session", "sessionid": "session",
          "csrftoken": "token", "xsrftoken": "token", "credential": "credentials", "credentials": "credentials", "creds": "credentials",
          "mnemonic": "secret", "bearer": "token", "authtoken": "token", "accesstoken": "token", "apitoken": "token", "appid": "key"}  # fmt: skip
_NOT_WHEN_LAST = frozenset(
    "arn available box button check class col cols column columns complexity cost count counts created dim element embedding embeddings enabled "
    "endpoint env environ error errors exists expiration expires expiry field fields file filename folder format header help hint idx index invalid "
    "kind label labels len length limit list location manager map mask message min max missing mode msg n name names number page path pattern placeholder "
    "policy present price prompt ref regex required reset rotation rule rules scope scopes set size state status store strength tag template ttl type "
    "types uri url usage used valid validator var variable version vocab width".split()
)
_TYPE_WORDS = frozenset(
    "any bool boolean bytes bytea char date default disabled enabled false float hidden int integer json keyword masked n/a na nan nil none null number "
    "object off on optional password passwd prompt required secret str string text token true type undefined unknown username user varchar yes no key "
    "value values category categorical redacted removed empty basic bearer digest oauth oauth2 apikey api_key x-api-key cookie session local "
    "env environment vault keyring".split()
)
_COMMON = frozenset(
    "admin administrator anonymous changeme change-me default development docker example guest jupyter jovyan letmein localhost mysql oracle password "
    "passw0rd postgres postgresql production public qwerty root secret secrets staging system test testing token user username welcome 123456 12345678 "
    "password1 password123 nothing enabled disabled".split()
)
_PLACEHOLDER = re.compile(
    r"(?i)\[REDACTED|<.{0,80}>|\{.{0,80}\}|\$|%\(|%s$|[x*.•_-]{2,}$|(?:x{3,}|\*{3,}|\.{3,}|…)|(?:\w{1,8}[-_])?(?:your|my|the|insert|enter|put|add|replace|paste|fill)[-_ ]|your[A-Za-z]"
    r"|.{0,40}(?:[-_ ]here|goes[-_ ]here|placeholder|xxxx|\.\.\.|change[-_]?me|todo|not[-_ ]set|to[-_]be)"
)
_REFERENCE = re.compile(
    r"(?:os\.(?:environ|getenv)|getpass|env(?:iron)?[:.\[(]|ENV\[|config[.\[]|secrets?[.\[/]|vault:|ssm:|arn:|process\.env|keyring[.:]|dbutils\.|userdata\.)"
)
_HASH_OR_ID = re.compile(
    r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})$", re.IGNORECASE
)
_PATH = re.compile(r"(?:[A-Za-z]:)?[\\/~.][\\/\w]|https?://")
_CHANGES = re.compile(r"[a-z](?=[A-Z0-9])|[A-Z](?=[0-9])|[0-9](?=[A-Za-z])|[A-Z](?=[a-z])")
_RUN = re.compile(r"[A-Za-z0-9]{10,}")


@lru_cache(maxsize=4096)
def meaning(name: str) -> Kind | None:
    """What the name says about the value beside it, None where it says nothing."""
    words = [word.lower() for word in _WORDS.findall(name[:200])]
    if not words:
        return None
    last = words[-1] if len(words) == 1 or not words[-1].isdigit() else words[-2]
    flat = "".join(words)
    if "accountkey" in flat or "sharedaccesskey" in flat:
        return Kind("key", "key")  # fs.azure.account.key.<account>.dfs…: the account's name stands behind
    if last in _NOT_WHEN_LAST or (last in ("id", "ids") and "secret" not in words):
        return None
    if (
        any(part in flat for part in _STRONG_PARTS)
        or last in ("pwd", "pw", "passwd")
        or (last == "pass" and (len(words) == 1 or words[-2] in _PASS_OF))
    ):
        return Kind("password", "strong")
    if "secret" in flat.replace("secretar", ""):
        return Kind("secret", "strong")
    if last in _ALONE or flat in _ALONE:
        return Kind(_ALONE.get(flat) or _ALONE[last], "key")
    if flat.endswith(("seedphrase", "recoveryphrase")):
        return Kind("secret", "strong")
    return _key_or_token(words, last, flat)


def _key_or_token(words: list[str], last: str, flat: str) -> Kind | None:
    if last in ("key", "keys") or flat.endswith(("key", "keys")):
        if any(word in _KEY_OF for word in words[:-1]) or flat.rstrip("s").endswith(_KEY_FLAT):
            return Kind("key", "key")
        return Kind("key", "weak")
    if last in ("token", "tokens", "jwt", "pat") or flat.endswith("token"):
        if any(word in _TOKEN_OF for word in words[:-1]) or last in ("jwt", "pat"):
            return Kind("token", "key" if last != "pat" else "weak")
        return Kind("token", "weak")
    if last in ("auth", "sig", "signature", "session", "sid", "cred", "sas") or (last == "id" and "session" in words):
        return Kind("session" if last in ("session", "sid", "id") else "token", "weak")
    return None


def is_secret(value: str, kind: Kind, name: str = "") -> bool:
    """Whether a value that stands beside a name of this kind has to be masked."""
    text = value.strip()
    lowered = text.lower()
    if (
        len(text) < 3
        or lowered in _TYPE_WORDS
        or _PLACEHOLDER.match(text)
        or _REFERENCE.match(text)
        or (name and lowered == name.lower())
    ):
        return False
    if kind.strength == "weak":
        return looks_random(text)
    if text.isidentifier() and meaning(text) is not None and text.islower():
        return False
    if kind.strength == "key":
        return _credential(text, kind)
    return _password(text)


def _password(text: str) -> bool:
    if (
        text.count(" ") >= 2
        and not any(letter.isdigit() for letter in text)
        and (text[0].isupper() or text.endswith((".", ":", "?", "!")))
    ):
        return False
    return not (text.endswith(":") or (_PATH.match(text) and not looks_random(text)))


def _credential(text: str, kind: Kind) -> bool:
    if "-----BEGIN" in text:
        return True
    value = text.split(None, 1)[1] if kind.word == "authorization" and " " in text else text
    if len(value) < 6 or " " in value.strip() or value.endswith(":"):
        return kind.word == "session" and "=" in value and len(value) >= 12
    if _PLACEHOLDER.match(value) or (_PATH.match(value) and not looks_random(value)):
        return False
    plain = value.replace("_", "").replace("-", "").replace(".", "")
    return (
        not plain.isalpha()
        or len(plain) >= 20
        or (not plain.islower() and not plain.isupper() and not plain.istitle() and len(plain) >= 12)
    )


def looks_random(text: str) -> bool:
    """Whether a text looks drawn by a generator: a long run of letters and digits that often changes kind; no digest, no UUID, no words."""
    if len(text) < 12 or " " in text or _HASH_OR_ID.match(text):
        return False
    for run in _RUN.findall(text[:512]):
        digits = sum(letter.isdigit() for letter in run)
        if 2 <= digits < len(run) and len(_CHANGES.findall(run)) >= max(3, len(run) // 8):
            return True
        if not digits and len(run) >= 20 and len(_CHANGES.findall(run)) >= len(run) // 3:
            return True
    return False


def is_common(value: str) -> bool:
    """Whether masking the value wherever it stands would black out ordinary text."""
    text = value.strip().lower()
    return len(text) < 6 or text in _COMMON or text in _TYPE_WORDS or bool(_PLACEHOLDER.match(text)) or len(set(text)) < 4
