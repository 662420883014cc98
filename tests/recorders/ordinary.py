"""Ordinary cells that speak of keys, tokens and passwords and hold none, and how to find more of them in installed packages."""

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path

__all__ = ["ORDINARY", "installed_cells"]

ORDINARY = '''
password = getpass.getpass("Password: ")
password = None
password = ""
api_key = ""
api_key = os.environ["API_KEY"]
api_key = os.environ.get("API_KEY")
api_key = os.getenv("OPENAI_API_KEY", "")
token = tokenizer("some text", max_length=128)
token = "hello"
tokens = text.split()
tokens = ["the", "cat", "sat"]
max_tokens = 100
special_tokens = {"pad_token": "[PAD]", "unk_token": "<unk>", "mask_token": "[MASK]"}
tokenizer.pad_token = tokenizer.eos_token
model.generate(input_ids, pad_token_id=0, eos_token_id=2, bos_token="<s>")
vectorizer = CountVectorizer(token_pattern=r"(?u)\\\\b\\\\w\\\\w+\\\\b")
df.sort_values("key")
df.merge(other, on="key", how="left", suffixes=("_key", "_value"))
df = df.rename(columns={"password": "pwd", "token": "tok"})
schema = {"username": "string", "password": "string", "token": "str"}
primary_key = "customer_id"
foreign_key = "orders.customer_id"
key = "d41d8cd98f00b204e9800998ecf8427e"
revision = "9b74c9897bac770ffc029102a200c5de4a2c4c4e"
run_id = "550e8400-e29b-41d4-a716-446655440000"
sorted(items, key=lambda item: item["key"])
for key, value in mapping.items(): print(key, value)
password_field = "password"
assert "password" in form
if not password: raise ValueError("password is required")
client = Client(api_key=api_key, token=token, password=password)
connect(user=user, password=settings.password, secret=load_secret("db"))
headers = {"Authorization": f"Bearer {token}"}
headers = {"Authorization": "Bearer " + token}
url = f"postgresql://{user}:{password}@{host}/{db}"
url = "https://example.org/path?page=2&sort=key"
remote = "git@github.com:jupyter/notebook.git"
api_key = "YOUR_API_KEY"
api_key = "<your key here>"
token = "..."
password = "********"
print("Enter your password:")
parser.add_argument("--password", help="the password to use")
parser.add_argument("-p", "--token", default=None, type=str)
!pip install scikit-learn tokenizers
!python train.py -p a,b,c --max-tokens 512 --key-column id
%run script.py -p a,b,c
%timeit -n 10 tokenizer.encode(text)
%env CUDA_VISIBLE_DEVICES=0
auth = AuthConfig()
author = "Ada Lovelace"
passengers = titanic["passenger"]
passed = "yes" if score > 0.5 else "no"
compass = "north"
by_pass = "bypass"
secretary = "Joan"
keyboard = "qwertz"
monkey = "capuchin"
turkey = "Ankara"
signature = inspect.signature(function)
session = Session()
session_name = "2024-01-01-morning"
cookies = session.cookies
d.get("token", "N/A")
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["PYTHONHASHSEED"] = "0"
bucket.key = "data/2024/file.parquet"
s3.get_object(Bucket="lab", Key="raw/2024-01-01/part-0001.csv")
plt.legend(title="key")
ax.text(0, 1, "token: word")
sk_container = "#sk-container-id-1 div.sk-toggleable__content"
model_name = "sentence-transformers/all-MiniLM-L6-v2"
checkpoint = "distilbert-base-uncased-finetuned-sst-2-english"
sha = hashlib.sha256(b"data").hexdigest()
b64 = base64.b64encode(image).decode()
color = "#a1b2c3"
pattern = re.compile(r"password=(\\\\w+)")
df["pass_rate"] = df["passed"] / df["total"]
spark.conf.set("spark.sql.shuffle.partitions", "200")
config.set("section", "option", "value")
conn = sqlite3.connect("lab.db")
conn = sqlite3.connect(":memory:")
engine = create_engine("sqlite:///lab.db")
redis.Redis(host="localhost", port=6379)
login(username, password)
user = authenticate(username, password)
jwt.decode(token, key, algorithms=["HS256"])
hmac.new(key, message, "sha256")
tags = {"key": "value", "keys": ["a", "b"]}
dictionary["key"] = "value"
hot_keys = ["ctrl", "shift"]
keywords = "python, data"
secrets.token_hex(16)
np.random.seed(12345678)
def connect(user, password=None, token="", secret=None): return user
class Config: password: str = ""
lambda key="name": key
# the password is read from the environment
# token: a word or a piece of one
# use api_key from the vault, one day
"""Ask an admin for the password; the key is kept in the vault."""
print(f"{key}: {value}")
print("token:", token, "key:", key)
'''.strip().splitlines()
"""One cell a line."""


def installed_cells(most: int) -> list[str]:
    """Top-level statements of installed packages, the nearest thing to cells that every machine has."""
    cells: list[str] = []
    for file in sorted(Path(sysconfig.get_paths()["purelib"]).glob("*/**/*.py"))[::7]:
        if file.stat().st_size > 40_000:
            continue
        try:
            source = file.read_text("utf-8")
            tree = ast.parse(source)
        except (OSError, ValueError, SyntaxError):
            continue
        lines = source.split("\n")
        cells.extend("\n".join(lines[node.lineno - 1 : (node.end_lineno or node.lineno)][:60]) for node in tree.body[:12])
        if len(cells) >= most:
            break
    return cells[:most]
