"""Secrets that never were: made at run time, so that no scanner finds one in this repository.

`KNOWN` is what the rules were written for, its last part a former unseen set of which 39 of 50 were found at first. `UNSEEN` was
written after that, and the rules were not fitted to it.
Each case is (how the text is seen, text, secret): `code` the source of a cell, `text` an output or a traceback.
"""

from __future__ import annotations

import base64
import hashlib
import json
import string

__all__ = ["KNOWN", "UNSEEN", "fake"]

_LETTERS = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"


def fake(salt: str, length: int, alphabet: str = _LETTERS, prefix: str = "") -> str:
    """A made-up token: the same for the same salt, with digits and letters of both cases where the alphabet has them."""
    out, block = "", 0
    while len(out) < length:
        out += "".join(alphabet[byte % len(alphabet)] for byte in hashlib.sha256(f"{salt}/{block}".encode()).digest())
        block += 1
    body = out[:length]
    if alphabet is _LETTERS and length > 6:
        body = "q7" + body[2:-2] + "Z4"
    return prefix + body


def _jwt(salt: str) -> str:
    head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode()).decode().rstrip("=")
    body = base64.urlsafe_b64encode(json.dumps({"sub": salt, "name": "Nobody"}).encode()).decode().rstrip("=")
    return ".".join((head, body, fake(salt, 43)))


def _pem(kind: str) -> str:
    body = "\n".join(fake(f"pem{line}", 64) for line in range(6))
    return "-----BEGIN " + kind + " PRIVATE " + "KEY-----\n" + body + "\n-----END " + kind + " PRIVATE " + "KEY-----"


_PREFIXED = {
    "aws": fake("aws", 16, string.ascii_uppercase + string.digits, "AK" + "IA"),
    "aws-temporary": fake("awst", 16, string.ascii_uppercase + string.digits, "AS" + "IA"),
    "github": fake("gh", 36, prefix="gh" + "p_"),
    "github-oauth": fake("gho", 36, prefix="gh" + "o_"),
    "github-app": fake("ghs", 36, prefix="gh" + "s_"),
    "github-fine": fake("ghf", 80, prefix="github" + "_pat_"),
    "gitlab": fake("gl", 20, prefix="gl" + "pat-"),
    "gitlab-deploy": fake("gld", 20, prefix="gl" + "dt-"),
    "slack-bot": "xo" + "xb-" + "123456789012-123456789012-" + fake("slack", 24),
    "slack-user": "xo" + "xp-" + "123456789012-" + fake("slacku", 32),
    "slack-app": "xa" + "pp-1-" + fake("slacka", 60),
    "slack-webhook": "https://hooks.slack" + ".com/services/T00000000/B00000000/" + fake("slackw", 24),
    "discord-webhook": "https://discord" + ".com/api/webhooks/123456789012345678/" + fake("disc", 68),
    "stripe": fake("st", 24, prefix="sk" + "_live_"),
    "stripe-restricted": fake("str", 24, prefix="rk" + "_test_"),
    "stripe-webhook": fake("stw", 32, prefix="wh" + "sec_"),
    "openai": fake("oa", 48, prefix="sk" + "-"),
    "openai-project": fake("oap", 80, prefix="sk" + "-proj-"),
    "anthropic": fake("an", 90, prefix="sk" + "-ant-api03-"),
    "openrouter": fake("or", 64, _HEX, "sk" + "-or-v1-"),
    "deepseek": fake("ds", 32, _HEX, "sk" + "-"),
    "huggingface": fake("hf", 34, prefix="h" + "f_"),
    "google": fake("go", 35, prefix="AI" + "za"),
    "google-oauth": fake("goo", 60, prefix="ya" + "29."),
    "google-client": fake("goc", 28, prefix="GOC" + "SPX-"),
    "azure-client": fake("az1", 3) + "8" + "Q~" + fake("az2", 33),
    "npm": fake("npm", 36, prefix="np" + "m_"),
    "pypi": fake("pypi", 90, prefix="py" + "pi-AgEIcHlwaS5vcmc"),
    "sendgrid": "S" + "G." + fake("sg1", 22) + "." + fake("sg2", 43),
    "twilio": fake("tw", 32, _HEX, "S" + "K"),
    "mailgun": fake("mg", 32, _HEX, "ke" + "y-"),
    "telegram": "123456789:" + "AA" + fake("tg", 33),
    "digitalocean": fake("do", 64, _HEX, "do" + "p_v1_"),
    "shopify": fake("shp", 32, _HEX, "shp" + "at_"),
    "databricks": fake("dbx", 32, _HEX, "da" + "pi"),
    "linear": fake("lin", 40, prefix="lin" + "_api_"),
    "notion": fake("ntn", 46, prefix="nt" + "n_"),
    "airtable": "pa" + "t" + fake("at1", 14) + "." + fake("at2", 64, _HEX),
    "vault": fake("hvs", 90, prefix="hv" + "s."),
    "grafana": fake("gf", 40, prefix="gl" + "sa_"),
    "newrelic": fake("nr", 27, string.ascii_uppercase + string.digits, "NR" + "AK-"),
    "docker": fake("dk", 27, prefix="dckr" + "_pat_"),
    "supabase": fake("sb", 40, _HEX, "sb" + "p_"),
    "replicate": fake("r8", 37, prefix="r" + "8_"),
    "groq": fake("gq", 52, prefix="gs" + "k_"),
    "perplexity": fake("pp", 48, prefix="ppl" + "x-"),
    "tavily": fake("tv", 32, prefix="tv" + "ly-"),
    "langsmith": "lsv2" + "_pt_" + fake("ls1", 32, _HEX) + "_" + fake("ls2", 10, _HEX),
    "pinecone": fake("pc", 70, prefix="pc" + "sk_"),
    "nvidia": fake("nv", 64, prefix="nv" + "api-"),
    "jwt": _jwt("user-1"),
    "pem-rsa": _pem("RSA"),
    "pem-ec": _pem("EC"),
    "pem-openssh": _pem("OPENSSH"),
}

_PW = "hunter2-" + fake("pw", 6)
_KEY32 = fake("key32", 32)
_HEX40 = fake("hex40", 40, _HEX)
_HEX64 = fake("hex64", 64, _HEX)
_B64 = base64.b64encode(hashlib.sha256(b"fernet").digest()).decode()


def _looks() -> list[tuple[str, str, str]]:
    """Every prefixed kind once in code and once in an output."""
    cases = []
    for number, secret in enumerate(_PREFIXED.values()):
        cases.append(("code", f'x{number} = """{secret}"""' if "\n" in secret else f"run('{secret}', 3)", secret))
        cases.append(("text", f"loaded {number} from config: {secret}\ndone\n", secret))
    return cases


KNOWN: list[tuple[str, str, str]] = [
    *_looks(),
    ("code", f'password = "{_PW}"', _PW),
    ("code", f"db_pass = '{_PW}'", _PW),
    ("code", f'DB_PASSWORD: str = "{_PW}"', _PW),
    ("code", f'self.password = "{_PW}"', _PW),
    ("code", f'config["smtp"]["password"] = "{_PW}"', _PW),
    ("code", f'user, password = "ada", "{_PW}"', _PW),
    ("code", f'os.environ["DB_PASSWORD"] = "{_PW}"', _PW),
    ("code", f'os.putenv("PGPASSWORD", "{_PW}")', _PW),
    ("code", f'os.environ.setdefault("MY_SECRET", "{_PW}")', _PW),
    ("code", f'os.environ.update(API_KEY="{_KEY32}", LANG="C")', _KEY32),
    ("code", f'token = os.environ.get("GH_TOKEN", "{_KEY32}")', _KEY32),
    ("code", f'api_key = os.getenv("SERVICE_KEY") or "{_KEY32}"', _KEY32),
    ("code", f'secret = "{_KEY32}" if debug else load()', _KEY32),
    ("code", f'passwd = "{_PW[:6]}" + "{_PW[6:]}"', _PW[6:]),
    ("code", f'api_key = SecretStr("{_KEY32}")', _KEY32),
    ("code", f'secret_key = "{_KEY32}".encode()', _KEY32),
    ("code", f'AWS_SECRET_ACCESS_KEY = b"{_KEY32}xyzw1234"', _KEY32),
    ("code", f'def connect(host, user="ada", password="{_PW}"):\n    return host', _PW),
    ("code", f'conn = connect(host="db", user="ada", password="{_PW}")', _PW),
    ("code", f'requests.get(url, auth=("ada", "{_PW}"))', _PW),
    ("code", f'requests.get(url, headers={{"Authorization": "Bearer {_KEY32}"}})', _KEY32),
    ("code", f'headers = {{"X-Api-Key": "{_KEY32}", "Accept": "*/*"}}', _KEY32),
    ("code", f'session.headers["Authorization"] = "token {_HEX40}"', _HEX40),
    ("code", f'cfg = dict(user="ada", passwd="{_PW}")', _PW),
    ("code", f'auth = HTTPBasicAuth("ada", "{_PW}")', _PW),
    ("code", f'server.login("ada@example.org", "{_PW}")', _PW),
    ("code", f'huggingface_hub.login("{_KEY32}")', _KEY32),
    ("code", f'wandb.login(key="{_HEX40}")', _HEX40),
    ("code", f'f = Fernet(b"{_B64}")', _B64),
    ("code", f'jwt.encode(payload, "{_PW}", algorithm="HS256")', _PW),
    ("code", f'hmac.new(b"{_PW}", message, "sha256")', _PW),
    ("code", f'keyring.set_password("db", "ada", "{_PW}")', _PW),
    ("code", f'spark.conf.set("fs.azure.account.key.acc.dfs.core.windows.net", "{_B64}")', _B64),
    ("code", f'df.write.format("jdbc").option("password", "{_PW}").save()', _PW),
    ("code", f'engine = create_engine("postgresql://ada:{_PW}@db.example.org/lab")', _PW),
    ("code", f'client = MongoClient("mongodb+srv://ada:{_PW}@cluster0.example.net/?retryWrites=true")', _PW),
    ("code", f'r = redis.from_url("redis://:{_PW}@cache:6379/0")', _PW),
    ("code", f'dsn = "host=db user=ada password={_PW} dbname=lab"', _PW),
    ("code", f'cs = "DefaultEndpointsProtocol=https;AccountName=lab;AccountKey={_B64};EndpointSuffix=core.windows.net"', _B64),
    ("code", f'cs = "Driver={{SQL Server}};Server=db;Uid=ada;Pwd={_PW};"', _PW),
    ("code", f'url = "https://lab.blob.core.windows.net/c/f.csv?sv=2022-11-02&sig={_KEY32}%3D"', _KEY32),
    ("code", f'url = "https://s3.amazonaws.com/b/k?X-Amz-Credential=x&X-Amz-Signature={_HEX64}"', _HEX64),
    ("code", f'url = f"https://api.example.org/v1?id={{i}}&api_key={_KEY32}"', _KEY32),
    ("code", f"# old: api_key = '{_KEY32}'\nx = 1", _KEY32),
    ("code", f"x = 1  # password: {_PW}", _PW),
    ("code", f"%env API_KEY={_KEY32}", _KEY32),
    ("code", f"%env API_KEY {_KEY32}", _KEY32),
    ("code", f"%set_env DB_PASSWORD={_PW}\nimport os", _PW),
    ("code", f"import os\n!export TOKEN={_KEY32} && run.sh", _KEY32),
    ("code", f'!curl -H "Authorization: Bearer {_KEY32}" https://api.example.org', _KEY32),
    ("code", f"!curl -u ada:{_PW} https://api.example.org", _PW),
    ("code", f"!git clone https://ada:{_KEY32}@example.org/lab.git\nx = 1", _KEY32),
    ("code", f"!git clone https://oauth2:{_KEY32}@gitlab.example.org/lab.git", _KEY32),
    ("code", f"%pip install --index-url https://ada:{_PW}@pypi.example.org/simple labtools", _PW),
    ("code", f"!mysql -u root -p{_PW} lab < dump.sql", _PW),
    ("code", f"!sshpass -p {_PW} scp f host:", _PW),
    ("code", f"!tool --api-key {_KEY32} --verbose", _KEY32),
    ("code", f"!tool --password={_PW}", _PW),
    ("code", f"%%bash\nexport DB_PASSWORD='{_PW}'\npsql", _PW),
    ("code", f"%%writefile .env\nSECRET_KEY={_KEY32}\nDEBUG=1", _KEY32),
    ("code", f"%%writefile config.yml\ndatabase:\n  user: ada\n  password: {_PW}\n", _PW),
    ("code", f"%sql postgresql://ada:{_PW}@db/lab", _PW),
    ("code", f'password = "{_PW}\nprint(1', _PW),
    ("code", f'if True print(x\napi_key="{_KEY32}"', _KEY32),
    ("code", f'page.fill("#password", "{_PW}")', _PW),
    ("code", f'if password == "{_PW}":\n    go()', _PW),
    ("text", f"DB_PASSWORD={_PW}\nLANG=C\n", _PW),
    ("text", f"{{'user': 'ada', 'password': '{_PW}'}}", _PW),
    ("text", f'{{"access_token": "{_KEY32}", "expires_in": 3600}}', _KEY32),
    ("text", f"Authorization: Bearer {_KEY32}\n", _KEY32),
    ("text", f"Authorization: Basic {base64.b64encode(b'ada:' + _PW.encode()).decode()}\n", base64.b64encode(b"ada:" + _PW.encode()).decode()),
    ("text", f"Set-Cookie: sessionid={_KEY32}; HttpOnly", _KEY32),
    ("text", f"sqlalchemy.exc.OperationalError: could not connect to postgresql://ada:{_PW}@db:5432/lab", _PW),
    ("text", f"----> 1 connect(host='db', password='{_PW}')\nConnectionError", _PW),
    ("text", f"ProgrammingError: invalid dsn: \"host=db user=ada password={_PW} dbname=lab\"", _PW),
    ("text", f"cloning https://x-access-token:{_KEY32}@example.org/lab.git ...", _KEY32),
    ("text", f"GET https://api.example.org/v1/items?token={_KEY32}&page=2 401", _KEY32),
    ("text", f"machine example.org login ada password {_PW}", _PW),
    ("text", f"client_secret: {_KEY32}\n", _KEY32),
    ("text", f"jdbc:oracle:thin:ada/{_PW}@db:1521:orcl", _PW),
    ("text", f"Looking in indexes: https://ada:{_PW}@pypi.example.org/simple", _PW),
]  # fmt: skip

_ALNUM20 = fake("alnum20", 20)
_ALNUM40 = fake("alnum40", 40)
_PHRASE = "violet-" + "kettle-" + "Marble-91"

KNOWN += [
    ("code", f'snowflake.connector.connect(account="lab", user="ADA", password="{_PHRASE}", warehouse="WH")', _PHRASE),
    ("code", f'boto3.client("s3", aws_access_key_id=k, aws_secret_access_key="{_ALNUM40}")', _ALNUM40),
    ("code", f'openai.api_key = "{_ALNUM40}"', _ALNUM40),
    ("code", f'reddit = praw.Reddit(client_id="lab", client_secret="{_ALNUM20}", user_agent="x")', _ALNUM20),
    ("code", f'KAGGLE = {{"username": "ada", "key": "{fake("kaggle", 32, _HEX)}"}}', fake("kaggle", 32, _HEX)),
    ("code", f'tweepy.OAuthHandler("{_ALNUM20}", "{_ALNUM40}")', _ALNUM40),
    ("code", f'ssh.connect("cluster", username="ada", passphrase="{_PHRASE}")', _PHRASE),
    ("code", f'paramiko.Transport(("h", 22)).connect(username="ada", password="{_PHRASE}")', _PHRASE),
    ("code", f'cur.execute("ALTER USER ada IDENTIFIED BY \'{_PHRASE}\'")', _PHRASE),
    ("code", f'cur.execute("CREATE ROLE ada WITH LOGIN PASSWORD \'{_PHRASE}\'")', _PHRASE),
    ("code", f'params = {{"q": city, "appid": "{fake("owm", 32, _HEX)}"}}', fake("owm", 32, _HEX)),
    ("code", f'gmaps = googlemaps.Client(key="{_ALNUM40}")', _ALNUM40),
    ("code", f'ts.set_token("{fake("tushare", 56, _HEX)}")', fake("tushare", 56, _HEX)),
    ("code", f'quandl.ApiConfig.api_key = "{_ALNUM20}"', _ALNUM20),
    ("code", f'fred = Fred(api_key="{fake("fred", 32, _HEX)}")', fake("fred", 32, _HEX)),
    ("code", f'class Settings:\n    jwt_secret: str = "{_PHRASE}"\n    debug = True', _PHRASE),
    ("code", f'app.secret_key = b"{_ALNUM20}"', _ALNUM20),
    ("code", f'zipfile.ZipFile("d.zip").extractall(pwd=b"{_PHRASE}")', _PHRASE),
    ("code", f'pd.read_excel(decrypt("f.xlsx", password="{_PHRASE}"))', _PHRASE),
    ("code", f'creds = ("ada", "{_PHRASE}")\nrequests.get(u, auth=creds)', _PHRASE),
    ("code", f'mlflow.set_tracking_uri("https://ada:{_PHRASE}@mlflow.example.org")', _PHRASE),
    ("code", f'os.environ |= {{"WANDB_API_KEY": "{_HEX40}"}}', _HEX40),
    ("code", f'os.system("export HF_TOKEN={_ALNUM40}; python train.py")', _ALNUM40),
    ("code", f'subprocess.run(["tool", "--token", "{_ALNUM40}", "push"])', _ALNUM40),
    ("code", f'subprocess.run(["curl", "-u", "ada:{_PHRASE}", url])', _PHRASE),
    ("code", f'input_password = widgets.Password(value="{_PHRASE}")', _PHRASE),
    ("code", f'proxies = {{"https": "http://ada:{_PHRASE}@proxy.example.org:3128"}}', _PHRASE),
    ("code", f'ES = Elasticsearch("https://h:9200", basic_auth=("elastic", "{_PHRASE}"))', _PHRASE),
    ("code", f'neo = GraphDatabase.driver("bolt://h", auth=("neo4j", "{_PHRASE}"))', _PHRASE),
    ("code", f'imap.login("ada@example.org", "{_PHRASE}")', _PHRASE),
    ("code", f"!echo '{_PHRASE}' | docker login --username ada --password-stdin", _PHRASE),
    ("code", f"!aws configure set aws_secret_access_key {_ALNUM40}", _ALNUM40),
    ("code", f"!kaggle config set -n key -v {fake('kaggle', 32, _HEX)}", fake("kaggle", 32, _HEX)),
    ("code", f"!npm config set //registry.example.org/:_authToken={_ALNUM40}", _ALNUM40),
    ("code", f"%%sh\nPGPASSWORD={_PHRASE} pg_dump -h db lab > d.sql", _PHRASE),
    ("code", f"%%writefile ~/.netrc\nmachine example.org\nlogin ada\npassword {_PHRASE}", _PHRASE),
    ("code", f"%%writefile secrets.toml\n[db]\nusername = \"ada\"\npassword = \"{_PHRASE}\"", _PHRASE),
    ("code", f"%load_ext sql\n%sql mysql+pymysql://ada:{_PHRASE}@db/lab", _PHRASE),
    ("text", f"export AZURE_CLIENT_SECRET='{_ALNUM40}'", _ALNUM40),
    ("text", f"[default]\naws_access_key_id = x\naws_secret_access_key = {_ALNUM40}\n", _ALNUM40),
    ("text", f"Config(user='ada', password='{_PHRASE}', port=5432)", _PHRASE),
    ("text", f'  "private_key_id": "{_HEX40}",\n  "client_secret": "{_ALNUM40}"', _ALNUM40),
    ("text", f"requests.exceptions.HTTPError: 403 for url: https://api.example.org/data?apikey={_ALNUM20}&q=1", _ALNUM20),
    ("text", f"> PUT /x HTTP/1.1\n> X-Vault-Token: {_ALNUM40}\n> Host: v", _ALNUM40),
    ("text", f"environ({{'HOME': '/home/ada', 'GITLAB_PRIVATE_TOKEN': '{_ALNUM20}'}})", _ALNUM20),
    ("text", f"Your new API key is: {_ALNUM40}", _ALNUM40),
    ("text", f"ValueError: invalid literal for api_key '{_ALNUM40}'", _ALNUM40),
    ("text", f"<Connection postgres://ada:{_PHRASE}@db/lab at 0x7f>", _PHRASE),
    ("text", f"docker run -e MYSQL_ROOT_PASSWORD={_PHRASE} mysql:8", _PHRASE),
    ("text", f"initial admin password: {_PHRASE}", _PHRASE),
]  # fmt: skip

_WORDY = "Ocean" + "Lamp" + "!" + "2041"
_TOKEN = fake("unseen-token", 32)
_HEX32 = fake("unseen-hex", 32, _HEX)
_LONG = fake("unseen-long", 64)

UNSEEN: list[tuple[str, str, str]] = [
    ("code", f'engine = sa.create_engine(URL.create("mysql", username="ada", password="{_WORDY}", host="db"))', _WORDY),
    ("code", f'con = duckdb.connect("md:lab?motherduck_token={_LONG}")', _LONG),
    ("code", f'con.execute("CREATE SECRET s (TYPE s3, KEY_ID \'x\', SECRET \'{_LONG}\')")', _LONG),
    ("code", f'con.sql("SET s3_secret_access_key=\'{_LONG}\'")', _LONG),
    ("code", f'fs = s3fs.S3FileSystem(key="lab", secret="{_LONG}")', _LONG),
    ("code", f'df = pd.read_parquet("s3://b/f", storage_options={{"key": "lab", "secret": "{_LONG}"}})', _LONG),
    ("code", f'df = pd.read_sql(q, "mssql+pyodbc://ada:{_WORDY}@server/lab?driver=ODBC")', _WORDY),
    ("code", f'client = chromadb.HttpClient(headers={{"x-chroma-token": "{_TOKEN}"}})', _TOKEN),
    ("code", f'cohere.Client(api_key="{_TOKEN}")', _TOKEN),
    ("code", f'genai.configure(api_key="{_TOKEN}")', _TOKEN),
    ("code", f'comet_ml.Experiment(api_key="{_TOKEN}", project_name="lab")', _TOKEN),
    ("code", f'run = neptune.init_run(project="lab/x", api_token="{_LONG}")', _LONG),
    ("code", f'login(token="{_TOKEN}", add_to_git_credential=True)', _TOKEN),
    ("code", f'AutoModel.from_pretrained("lab/x", use_auth_token="{_TOKEN}")', _TOKEN),
    ("code", f'AutoModel.from_pretrained("lab/x", token="{_TOKEN}")', _TOKEN),
    ("code", f'smtp.login(user="ada", password="{_WORDY}")', _WORDY),
    ("code", f'with pysftp.Connection("h", username="ada", password="{_WORDY}") as c:\n    c.get("f")', _WORDY),
    ("code", f'ftp = ftplib.FTP("h", "ada", passwd="{_WORDY}")', _WORDY),
    ("code", f'r = httpx.get(u, auth=httpx.BasicAuth("ada", "{_WORDY}"))', _WORDY),
    ("code", f'r = requests.post(u, data={{"grant_type": "password", "username": "ada", "password": "{_WORDY}"}})', _WORDY),
    ("code", f'r = requests.post(u, json={{"client_id": "lab", "clientSecret": "{_TOKEN}"}})', _TOKEN),
    ("code", f'r = requests.get(u, params=dict(access_token="{_TOKEN}"))', _TOKEN),
    ("code", f'r = requests.get(u, headers={{"Ocp-Apim-Subscription-Key": "{_HEX32}"}})', _HEX32),
    ("code", f'r = requests.get(u, headers={{"X-RapidAPI-Key": "{_TOKEN}"}})', _TOKEN),
    ("code", f'r = requests.get(u, cookies={{"sessionid": "{_TOKEN}"}})', _TOKEN),
    ("code", f'r = requests.get("https://api.example.org/v1/weather?city=Bern&appid={_HEX32}")', _HEX32),
    ("code", f'TOKENS = {{"prod": "{_TOKEN}"}}', _TOKEN),
    ("code", f'SECRETS = ["{_TOKEN}", "{_LONG}"]', _LONG),
    ("code", f'private_key = (\n    "{_LONG[:32]}"\n    "{_LONG[32:]}"\n)', _LONG[32:]),
    ("code", f'bot_token: Final = "{_TOKEN}"', _TOKEN),
    ("code", f'@dataclass\nclass C:\n    user: str = "ada"\n    password: str = field(default="{_WORDY}", repr=False)', _WORDY),
    ("code", f'connect(**{{"user": "ada", "pwd": "{_WORDY}"}})', _WORDY),
    ("code", f'os.environ["AWS_SESSION_TOKEN"], x = "{_LONG}", 1', _LONG),
    ("code", f'driver.find_element("name", "password").send_keys("{_WORDY}")', _WORDY),
    ("code", f'!huggingface-cli login --token {_TOKEN}', _TOKEN),
    ("code", f'!wandb login {_HEX32}deadbeef', _HEX32),
    ("code", f'!pip install git+https://{_TOKEN}@example.org/lab/tools.git', _TOKEN),
    ("code", f'!psql "postgres://ada:{_WORDY}@db/lab" -c "select 1"', _WORDY),
    ("code", f'!az storage blob list --account-name lab --account-key {_LONG}', _LONG),
    ("code", f'!zip -P {_WORDY} out.zip data.csv', _WORDY),
    ("code", f'%%javascript\nconst apiKey = "{_TOKEN}";', _TOKEN),
    ("code", f'%%writefile ~/.aws/credentials\n[default]\naws_secret_access_key={_LONG}', _LONG),
    ("text", f"Traceback (most recent call last):\n  File x, line 1\n    client = Client(token='{_TOKEN}')\nTypeError: no", _TOKEN),
    ("text", f"INFO:root:using api_key={_TOKEN}\n", _TOKEN),
    ("text", f"DEBUG:urllib3: header: X-Auth-Token: {_TOKEN}\\r\\n", _TOKEN),
    ("text", f"OrderedDict([('user', 'ada'), ('password', '{_WORDY}')])", _WORDY),
    ("text", f"Namespace(user='ada', api_token='{_TOKEN}', n=3)", _TOKEN),
    ("text", f"[('Authorization', 'Bearer {_TOKEN}'), ('Accept', '*/*')]", _TOKEN),
    ("text", f"fatal: unable to access 'https://ada:{_WORDY}@example.org/lab.git/': 403", _WORDY),
    ("text", f"http://127.0.0.1:8888/lab?token={_HEX32}deadbeef0123", _HEX32),
    ("text", f"redis.exceptions.AuthenticationError: redis://default:{_WORDY}@cache:6379", _WORDY),
    ("text", f"smtp_password    {_WORDY}\nsmtp_host    mail.example.org\n", _WORDY),
    ("text", f"spring.datasource.password={_WORDY}\n", _WORDY),
    ("text", f'<add key="ApiKey" value="{_TOKEN}" />', _TOKEN),
]  # fmt: skip
