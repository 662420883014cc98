"""Secrets that can be told by their looks alone: tokens with a provider's prefix, JSON web tokens, private keys.

Each kind has literals that must stand in the text before its expression is tried at all (finding a literal costs next to
nothing), and an expression that begins with one of them, matched there and only there. Every quantifier is bounded and every
expression is anchored, so that no text makes the search slow.
"""

from __future__ import annotations

import re
from typing import Callable, Iterator, NamedTuple, Pattern

__all__ = ["Span", "known_kinds"]


class Span(NamedTuple):
    """A piece of a text that is a secret; `whole` where it is a whole literal of Python code."""

    start: int
    end: int
    kind: str
    whole: str = ""
    """'' | 'str' | 'bytes': what literal has to stand there afterwards for the code to stay valid."""


_W = r"[A-Za-z0-9]"
_S = r"[A-Za-z0-9_-]"

_TABLE: tuple[tuple[str, str, str], ...] = (
    ("aws-key", "AKIA ASIA ABIA ACCA", rf"A(?:KIA|SIA|BIA|CCA)[0-9A-Z]{{16}}(?!{_W})"),
    ("alibaba-key", "LTAI", rf"LTAI{_W}{{12,26}}(?!{_W})"),
    ("github-token", "ghp_ gho_ ghu_ ghs_ ghr_", rf"gh[pousr]_{_W}{{24,255}}"),
    ("github-token", "github_pat_", r"github_pat_\w{22,255}"),
    ("gitlab-token", "glpat- gldt- glptt- glrt- glcbt- glft- glsoat- glimt- glagent- gloas- GR1348941", rf"(?:gl[a-z]{{2,6}}-|GR1348941){_S}{{18,300}}"),
    ("bitbucket-token", "ATBB ATCTT ATATT", rf"AT(?:BB|CTT|ATT){_S}{{20,250}}=?{_W}{{0,10}}"),
    ("slack-token", "xoxa- xoxb- xoxe- xoxp- xoxo- xoxr- xoxs- xoxe. xoxd- xoxc-", r"xox[a-z][-.][A-Za-z0-9.%/+=-]{10,400}"),
    ("slack-token", "xapp-", rf"xapp-{_S}{{20,250}}"),
    ("webhook", "hooks.slack.com/", r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_+-]{16,200}"),
    ("webhook", "discord.com/api/webhooks/ discordapp.com/api/webhooks/", r"discord(?:app)?\.com/api/webhooks/\d{5,25}/[\w-]{20,120}"),
    ("webhook", "webhook.office.com/webhookb2/", r"webhook\.office\.com/webhookb2/[\w@/-]{30,400}"),
    ("stripe-key", "sk_live_ sk_test_ rk_live_ rk_test_", rf"[sr]k_(?:live|test)_{_W}{{10,250}}"),
    ("webhook-secret", "whsec_", r"whsec_[A-Za-z0-9+/=]{20,120}"),
    ("anthropic-key", "sk-ant-", rf"sk-ant-{_S}{{16,250}}"),
    ("openai-key", "sk-proj- sk-svcacct- sk-admin- sk-None-", rf"sk-(?:proj|svcacct|admin|None)-{_S}{{20,300}}"),
    ("api-key", "sk-or-v1- sk-lf- pk-lf-", rf"[sp]k-(?:or-v1|lf)-{_S}{{16,120}}"),
    ("openai-key", "sk-", rf"sk-(?=[A-Za-z]{{0,40}}\d)(?=[a-z0-9]{{0,40}}[A-Z]|[a-f0-9]{{32}}){_W}{{20,120}}"),
    ("huggingface-token", "hf_", rf"hf_{_W}{{30,64}}(?!\w)"),
    ("huggingface-token", "api_org_", rf"api_org_{_W}{{30,64}}"),
    ("google-key", "AIza", rf"AIza{_S}{{35}}(?!{_S})"),
    ("google-token", "ya29.", rf"ya29\.{_S}{{20,1024}}"),
    ("google-secret", "GOCSPX-", rf"GOCSPX-{_S}{{20,64}}"),
    ("google-token", "1//0", rf"1//0{_S}{{38,200}}"),
    ("azure-secret", "8Q~ 7Q~", r"[78]Q~[A-Za-z0-9_~.-]{28,40}"),
    ("npm-token", "npm_", rf"npm_{_W}{{36}}(?!{_W})"),
    ("pypi-token", "pypi-", rf"pypi-{_S}{{40,400}}"),
    ("rubygems-key", "rubygems_", r"rubygems_[a-f0-9]{40,64}"),
    ("sendgrid-key", "SG.", rf"SG\.{_S}{{16,32}}\.{_S}{{16,64}}"),
    ("mail-key", "xkeysib- xsmtpsib-", rf"x(?:key|smtp)sib-[a-f0-9]{{40,80}}-{_W}{{10,24}}"),
    ("mailgun-key", "key-", rf"key-[0-9a-f]{{32}}(?!{_W})"),
    ("twilio-key", "SK", rf"SK[0-9a-f]{{32}}(?!{_W})"),
    ("digitalocean-token", "dop_v1_ doo_v1_ dor_v1_", r"do[opr]_v1_[a-f0-9]{48,80}"),
    ("shopify-token", "shpat_ shpca_ shppa_ shpss_", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32,48}"),
    ("square-token", "sq0atp- sq0csp- sq0idp-", rf"sq0(?:atp|csp|idp)-{_S}{{22,64}}"),
    ("databricks-token", "dapi", rf"dapi[a-f0-9]{{32}}(?:-\d)?(?!{_W})"),
    ("linear-key", "lin_api_ lin_oauth_", rf"lin_(?:api|oauth)_{_W}{{32,80}}"),
    ("notion-token", "secret_ ntn_", rf"(?:secret|ntn)_{_W}{{40,60}}(?!\w)"),
    ("airtable-token", "pat", rf"pat{_W}{{14}}\.[a-f0-9]{{64}}"),
    ("heroku-key", "HRKU-", rf"HRKU-{_S}{{30,120}}"),
    ("vault-token", "hvs. hvb. hvr.", rf"hv[sbr]\.{_S}{{20,300}}"),
    ("terraform-token", ".atlasv1.", rf"\.atlasv1\.{_S}{{40,120}}"),
    ("pulumi-token", "pul-", r"pul-[a-f0-9]{40}"),
    ("grafana-token", "glc_ glsa_", r"gl(?:c|sa)_[A-Za-z0-9+/=_]{30,400}"),
    ("newrelic-key", "NRAK- NRII- NRJS- NRRA-", rf"NR(?:AK|II|JS|RA)-{_S}{{19,64}}"),
    ("dynatrace-token", "dt0c01. dt0s01.", r"dt0[cs]01\.[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    ("sentry-token", "sntrys_ sntryu_", r"sntry[su]_[A-Za-z0-9+/=_-]{40,400}"),
    ("docker-token", "dckr_pat_ dckr_oat_", rf"dckr_[po]at_{_S}{{20,64}}"),
    ("fly-token", "fo1_ fm2_", r"f(?:o1|m2)_[A-Za-z0-9+/=_-]{40,1024}"),
    ("netlify-token", "nfp_", rf"nfp_{_W}{{36,64}}"),
    ("supabase-key", "sbp_ sb_secret_", rf"(?:sbp_[a-f0-9]{{40}}|sb_secret_{_S}{{20,64}})"),
    ("planetscale-token", "pscale_tkn_ pscale_pw_ pscale_oauth_", r"pscale_(?:tkn|pw|oauth)_[\w.=-]{30,64}"),
    ("replicate-token", "r8_", rf"r8_{_W}{{36,48}}(?!{_W})"),
    ("groq-key", "gsk_", rf"gsk_{_W}{{40,64}}"),
    ("perplexity-key", "pplx-", rf"pplx-{_W}{{40,64}}"),
    ("xai-key", "xai-", rf"xai-{_W}{{70,100}}"),
    ("tavily-key", "tvly-", rf"tvly-{_S}{{24,64}}"),
    ("langsmith-key", "lsv2_pt_ lsv2_sk_", r"lsv2_(?:pt|sk)_[a-f0-9_]{32,64}"),
    ("pinecone-key", "pcsk_", r"pcsk_\w{40,100}"),
    ("nvidia-key", "nvapi-", rf"nvapi-{_S}{{50,100}}"),
    ("wandb-key", "wandb_v1_", r"wandb_v1_\w{40,120}"),
    ("postman-key", "PMAK-", r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
    ("prefect-key", "pnu_ pnb_", rf"pn[ub]_{_W}{{36}}(?!{_W})"),
    ("doppler-token", "dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.", r"dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{30,80}"),
    ("age-key", "AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1[0-9A-Z]{40,64}"),
    ("figma-token", "figd_", rf"figd_{_S}{{30,64}}"),
    ("dropbox-token", "sl.", rf"sl\.{_S}{{120,400}}"),
    ("facebook-token", "EAA", rf"EAA{_W}{{80,300}}"),
    ("mapbox-token", "sk.eyJ", rf"sk\.eyJ{_S}{{20,400}}\.{_S}{{16,64}}"),
    ("hubspot-token", "pat-na1- pat-eu1-", r"pat-(?:na|eu)1-[a-f0-9-]{36}"),
    ("circleci-token", "CCIPAT_", r"CCIPAT_\w{20,100}"),
    ("buildkite-token", "bkua_", r"bkua_[a-f0-9]{40}"),
    ("sonar-token", "sqp_ squ_ sqa_", r"sq[pua]_[a-f0-9]{40}"),
    ("adafruit-key", "aio_", rf"aio_{_W}{{28}}(?!{_W})"),
    ("contentful-token", "CFPAT-", rf"CFPAT-{_S}{{40,64}}"),
    ("razorpay-key", "rzp_live_ rzp_test_", rf"rzp_(?:live|test)_{_W}{{14,24}}"),
    ("onepassword-token", "ops_eyJ", r"ops_eyJ[A-Za-z0-9+/=_-]{200,2048}"),
    ("telegram-token", ":AA", rf":AA{_S}{{32,34}}(?!{_S})"),
    ("jwt", "eyJ", rf"eyJ{_S}{{10,2048}}\.{_S}{{10,4096}}\.{_S}{{16,1024}}"),
    ("url-password", "jdbc:oracle:thin:", r"jdbc:oracle:thin:[^\s/@'\"]{1,64}/[^\s@'\"]{1,128}(?=@)"),
)  # fmt: skip

_SHAPES = tuple((kind, tuple(literals.split(" ")), expression) for kind, literals, expression in _TABLE)
_LONG_RUN = re.compile(r"[A-Za-z0-9_.+/=~:-]{16,}")
_BEFORE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_PEM_END = re.compile(r"-----END [A-Z0-9 ]{0,40}-----")
_PEM_BEGIN = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_PEM_BODY = re.compile(r"[A-Za-z0-9+/=\s:,\\-]{0,16384}")


def known_kinds(text: str, tick: Callable[[], None]) -> Iterator[Span]:
    """Every secret in the text that is known by its looks; `tick` is called between steps and may raise to end the search."""
    # All of them stand in long runs without a blank: ordinary code has few, so the literals are looked for in those.
    runs = "\n".join(_LONG_RUN.findall(text))
    if runs:
        for kind, literals, expression in _SHAPES:
            for literal in literals:
                if literal in runs:
                    yield from _at_literals(text, kind, literal, re.compile(expression), tick)
    if "-----BEGIN" in text:
        yield from _private_keys(text, tick)


def _at_literals(text: str, kind: str, literal: str, expression: Pattern[str], tick: Callable[[], None]) -> Iterator[Span]:
    free = literal in (":AA", "8Q~", "7Q~", ".atlasv1.")
    position = text.find(literal)
    while position >= 0:
        tick()
        end = position + len(literal)
        if free or position == 0 or text[position - 1] not in _BEFORE or _escaped(text, position):
            match = expression.match(text, position)
            if match is not None:
                end = match.end()
                yield Span(_back(text, position) if free else position, end, kind)
        position = text.find(literal, end)


def _escaped(text: str, position: int) -> bool:
    """Whether the letter before belongs to an escape such as \\n or %3D in front of the secret."""
    return text[max(0, position - 2) : position - 1] == "\\" or text[max(0, position - 3) : position - 2] == "%"


def _back(text: str, position: int) -> int:
    """Where the word begins in whose midst the literal stands."""
    start = position
    while start > 0 and position - start < 24 and text[start - 1] in _BEFORE:
        start -= 1
    return start


def _private_keys(text: str, tick: Callable[[], None]) -> Iterator[Span]:
    position, last_end = text.find("-----BEGIN"), text.rfind("-----END")
    while position >= 0:
        tick()
        begin = _PEM_BEGIN.match(text, position)
        if begin is None:
            position = text.find("-----BEGIN", position + 10)
            continue
        end = _PEM_END.search(text, begin.end(), begin.end() + 20_000) if last_end > position else None
        if end is not None:
            stop = end.end()
        else:
            body = _PEM_BODY.match(text, begin.end())
            stop = body.end() if body is not None else begin.end()
        yield Span(position, stop, "private-key")
        position = text.find("-----BEGIN", stop)
