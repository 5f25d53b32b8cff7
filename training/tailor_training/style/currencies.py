"""Currency signs and words; twin of src/style/currencies.ts."""

import re

CURRENCY_PATTERNS = (
    ("AUD", r"aud|au ?\$|a\$|australian dollars?"),
    ("CAD", r"cad|ca ?\$|c\$|canadian dollars?"),
    ("NZD", r"nzd|nz ?\$"),
    ("HKD", r"hkd|hk ?\$"),
    ("SGD", r"sgd|sg ?\$|s\$"),
    ("BRL", r"brl|r\$|reais|real(?= ?[0-9])|(?<=[0-9])real|(?<=[0-9] )real"),
    ("MXN", r"mxn|mx ?\$|pesos?"),
    ("USD", r"usd|us ?\$|us dollars?|\$|dollars?|bucks?"),
    ("EUR", r"eur|€|euros?"),
    ("GBP", r"gbp|£|pounds?|quid|sterling"),
    ("JPY", r"jpy|¥|yen"),
    ("CNY", r"cny|rmb|yuan"),
    ("INR", r"inr|₹|rs\.?|rupees?"),
    ("KRW", r"krw|₩|won(?= ?[0-9])|(?<=[0-9])won|(?<=[0-9] )won"),
    ("CHF", r"chf|francs?|fr\."),
    ("SEK", r"sek|kronor"),
    ("NOK", r"nok"),
    ("DKK", r"dkk|kroner"),
    ("PLN", r"pln|zl|zlotys?|złotych|zł"),
    ("CZK", r"czk|kc"),
    ("TRY", r"₺|tl|lira|try(?= ?[0-9])|(?<=[0-9])try|(?<=[0-9] )try"),
    ("RUB", r"rub|₽|rubles?"),
    ("UAH", r"uah|₴"),
    ("AED", r"aed|dirhams?|dhs?"),
    ("SAR", r"sar|riyals?"),
    ("ILS", r"ils|₪|shekels?|nis"),
    ("NGN", r"ngn|₦|naira"),
    ("ZAR", r"zar|rands?"),
    ("PKR", r"pkr"),
    ("PHP", r"₱|php(?= ?[0-9])|(?<=[0-9])php|(?<=[0-9] )php"),
    ("THB", r"thb|฿|baht"),
    ("VND", r"vnd|₫|dong"),
    ("IDR", r"idr|rp\.?|rupiah"),
    ("MYR", r"myr|rm|ringgit"),
)

CURRENCY = re.compile("(?<![a-zł])(?:" + "|".join(f"({pattern})" for _, pattern in CURRENCY_PATTERNS) + ")(?![a-zł])")


def find_currency(text: str) -> str | None:
    """The first currency named in a folded text as its ISO 4217 code."""
    match = CURRENCY.search(text)
    return CURRENCY_PATTERNS[match.lastindex - 1][0] if match and match.lastindex else None


def drop_currencies(text: str) -> str:
    """The text with every currency sign and word replaced by a space."""
    return CURRENCY.sub(" ", text)
