"""Where settings come from, which of them wins, and how wrong ones are refused."""

from decimal import Decimal
from pathlib import Path

import pytest

from argosy.desk.secrets import resolve
from argosy.desk.settings import Settings, flatten, load
from argosy.errors import ConfigError


def file(folder: Path, text: str) -> Path:
    path = folder / "argosy.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str = "", **variables: str) -> str:
    with pytest.raises(ConfigError) as error:
        load(file(folder, text), variables)
    return str(error.value)


def test_without_anything_the_desk_is_safe() -> None:
    settings = load(environment={}).settings
    assert settings.desk.environment == "sandbox"
    assert settings.web.host == "127.0.0.1"
    assert settings == Settings()
    assert not load(environment={}).origins


def test_the_later_wins_default_file_variable_flag(tmp_path: Path) -> None:
    path = file(tmp_path, "[web]\nport = 1001\n[sandbox]\nseed = 8\n[books]\nmax_age_s = 5\n")
    variables = {"ARGOSY_WEB__PORT": "1002", "ARGOSY_SANDBOX__SEED": "9"}
    loaded = load(path, variables, {"web.port": 1003, "desk.environment": None})
    assert loaded.settings.web.port == 1003
    assert loaded.settings.sandbox.seed == 9
    assert loaded.settings.books.max_age_s == 5.0
    assert loaded.settings.desk.environment == "sandbox"
    assert loaded.origins == {
        "web.port": "command line",
        "sandbox.seed": "variable ARGOSY_SANDBOX__SEED",
        "books.max_age_s": str(path),
    }


def test_without_a_file_it_is_the_one_that_a_variable_names(tmp_path: Path) -> None:
    path, other = file(tmp_path, "[web]\nport = 1001\n"), tmp_path / "other.toml"
    other.write_text("[web]\nport = 1002\n")
    variables = {"ARGOSY_CONFIG": str(path)}
    assert load(environment=variables).settings.web.port == 1001
    assert load(other, variables).settings.web.port == 1002
    assert load(environment={"ARGOSY_CONFIG": ""}).settings == Settings()


def test_variables_of_every_kind() -> None:
    settings = load(
        environment={
            "ARGOSY_DESK__VENUES": "okx, kraken",
            "ARGOSY_DESK__PAIRS": "BTC/USD",
            "ARGOSY_SANDBOX__TLS": "true",
            "ARGOSY_VENUES__KRAKEN__TAKER_FEE": "0.0026",
            "ARGOSY_BOOKS__CONVERSIONS__USDT": "1.0",
            "ARGOSY_BOOKS__DEPTH__KRAKEN": "25",
            "ARGOSY_CACHE": "ignored",
            "HOME": "ignored",
        }
    ).settings
    assert settings.desk.venues == ("okx", "kraken")
    assert settings.desk.pairs == ("BTC/USD",)
    assert settings.sandbox.tls is True
    assert settings.venue("kraken").taker_fee == Decimal("0.0026")
    assert settings.venue("okx").taker_fee is None
    assert settings.books.conversions == {"USDT": "1.0"}
    assert settings.books.depth == {"kraken": 25}


def test_numbers_with_a_point_never_become_floats_on_the_way(tmp_path: Path) -> None:
    text = "[venues.okx]\ntaker_fee = 0.1000000000000000055\n"
    fee = load(file(tmp_path, text), {}).settings.venue("okx").taker_fee
    assert fee == Decimal("0.1000000000000000055")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[desk]\nvenus = []\n", ("desk.venus", "argosy.toml", "environment, venues, pairs")),
        ("[dekc]\n", ("dekc", "desk, books, venues, web")),
        ("[venues.okx]\nkey = 'x'\n", ("venues.okx.key", "credentials, allow_withdrawal_key")),
        ("[desk]\nenvironment = 'prod'\n", ("desk.environment", "prod", "argosy.toml")),
        ("[desk]\npairs = ['BTCUSD']\n", ("desk.pairs", "BTCUSD", "BTC/USD")),
        ("[desk]\npairs = ['okx:BTC/USD']\n", ("desk.pairs", "BTC/USD")),
        ("[desk]\nvenues = []\n", ("desk.venues", "argosy venues")),
        ("[desk]\nvenues = ['kraken', 3]\n", ("desk.venues",)),
        ("[chains.base]\nrpc = ['http://x']\nquorum = 2\n", ("chains.base.quorum", "2", "1 to 1")),
        ("[web]\nport = 70000\n", ("web.port", "70000", "65535")),
        ("[books]\nmax_age_s = 0\n", ("books.max_age_s", "above 0")),
        ("[venues.okx]\ntaker_fee = 'nan'\n", ("venues.okx.taker_fee", "fraction")),
        ("[venues.okx]\ntaker_fee = 26\n", ("venues.okx.taker_fee", "26", "fraction")),
        ("desk = 3\n", ("desk", "int")),
        ("[desk\n", ("argosy.toml", "line 1")),
    ],
)
def test_wrong_settings_are_named_with_where_they_stand(
    tmp_path: Path, text: str, words: tuple[str, ...]
) -> None:
    said = refusal(tmp_path, text)
    assert all(word in said for word in words), said
    assert "\n" not in said


def test_wrong_variables_are_named(tmp_path: Path) -> None:
    assert "variable ARGOSY_WEB__PORT" in refusal(tmp_path, ARGOSY_WEB__PORT="many")
    assert "desk.foo" in refusal(tmp_path, ARGOSY_DESK__FOO="1")
    assert "ARGOSY_SECTION__NAME" in refusal(tmp_path, ARGOSY_PORT="1")
    assert "is no section" in refusal(tmp_path, "desk = 3\n", ARGOSY_DESK__PAIRS="BTC/USD")


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no settings file"):
        load(tmp_path / "none.toml", {})
    with pytest.raises(ConfigError, match="settings file"):
        load(tmp_path, {})
    broken = tmp_path / "broken.toml"
    broken.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"broken\.toml"):
        load(broken, {})


def test_flatten_names_every_setting() -> None:
    flat = flatten(load(environment={"ARGOSY_VENUES__OKX__CREDENTIALS": "env:OKX"}).settings)
    assert flat["venues.okx.credentials"] == "env:OKX"
    assert flat["books.conversions.USDT"] == "kraken:USDT/USD"
    assert flat["web.port"] == 8484


# --- secrets --------------------------------------------------------------------------------------


def test_a_reference_is_looked_up() -> None:
    variables = {"K_KEY": "abc", "K_SECRET": "def", "K_PASSPHRASE": "ghi"}
    found = resolve("env:K", variables)
    assert found is not None
    assert (found.key, found.secret, found.passphrase) == ("abc", "def", "ghi")
    assert "def" not in repr(found)
    assert "ghi" not in repr(found)
    assert resolve("", variables) is None


def test_a_secret_itself_is_refused_and_not_repeated() -> None:
    for reference in ("hunter2hunter2", "env:", "vault:x", "hunter2:hunter2"):
        with pytest.raises(ConfigError, match="reference like env:KRAKEN") as error:
            resolve(reference, {})
        assert "hunter2" not in str(error.value)


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ConfigError, match="K_KEY and K_SECRET not set"):
        resolve("env:K", {})
    with pytest.raises(ConfigError, match=r"env:K: K_SECRET not set"):
        resolve("env:K", {"K_KEY": "abc", "K_SECRET": ""})


def test_a_password_in_the_journal_s_address_is_refused_and_not_said() -> None:
    variable = {"ARGOSY_JOURNAL__URL": "postgresql://desk:hunter22@db.example/argosy"}
    with pytest.raises(ConfigError, match="PGPASSWORD") as refused:
        load(environment=variable)
    assert "hunter22" not in str(refused.value)
    allowed = {"ARGOSY_JOURNAL__URL": "postgresql://desk@db.example:5432/argosy"}
    assert load(environment=allowed).settings.journal.url == allowed["ARGOSY_JOURNAL__URL"]


def test_addresses_for_transfers(tmp_path: Path) -> None:
    text = """
[transfers]
enabled = true
[transfers.addresses.cold]
currency = "BTC"
chain = "bitcoin"
address = "bc1q"
"""
    settings = load(file(tmp_path, text), {}).settings
    assert settings.transfers.enabled
    assert settings.transfers.addresses["cold"].address == "bc1q"
    assert not Settings().transfers.enabled
    said = refusal(tmp_path, text + 'memo = "1"\n')
    assert "transfers.addresses.cold.memo" in said
    assert "currency, chain, address, tag" in said
    said = refusal(tmp_path, text.replace("bc1q", " "))
    assert "transfers.addresses.cold.address" in said
    assert "must not be empty" in said
    assert "transfers.poll_s" in refusal(tmp_path, "[transfers]\npoll_s = 0\n")
