"""How an account and what it pays are written in an answer (Binance spot docs)."""

from dataclasses import asdict
from typing import Any

from tradefleet.domain.order import Side
from tradefleet.exchange.books.accounts import WITHDRAW_PERMISSION, Account
from tradefleet.exchange.books.fee_terms import FeeTerms, Rates
from tradefleet.exchange.decimals import amount
from tradefleet.exchange.rules.fees import DISCOUNT_ASSET

View = dict[str, Any]
_BASIS_POINTS = 10_000


def account_view(account: Account, *, omit_zero: bool) -> View:
    """Return the answer of GET /account."""
    rates = account.fees.standard
    return {
        "makerCommission": int(rates.maker * _BASIS_POINTS),
        "takerCommission": int(rates.taker * _BASIS_POINTS),
        "buyerCommission": int(rates.buyer * _BASIS_POINTS),
        "sellerCommission": int(rates.seller * _BASIS_POINTS),
        "commissionRates": _rates(rates),
        "canTrade": account.can_trade,
        "canWithdraw": False,
        "canDeposit": False,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": account.updated_at,
        "accountType": "SPOT",
        "balances": [
            {"asset": asset, "free": amount(balance.free), "locked": amount(balance.locked)}
            for asset, balance in sorted(account.balances.items())
            if not omit_zero or balance.free or balance.locked
        ],
        "permissions": [one for one in account.permissions if one != WITHDRAW_PERMISSION],
        "uid": account.uid,
    }


def commission_view(symbol: str, terms: FeeTerms, *, may_be_bnb: bool) -> View:
    """Return the answer of GET /account/commission.

    Args:
        symbol: of the question.
        terms: the account's.
        may_be_bnb: whether fees of the symbol can be paid in BNB.
    """
    return {
        "symbol": symbol,
        "standardCommission": _rates(terms.standard),
        "specialCommission": _rates(terms.special),
        "taxCommission": _rates(terms.tax),
        "discount": _discount(terms, may_be_bnb),
    }


def order_commission_view(side: Side, terms: FeeTerms, *, may_be_bnb: bool) -> View:
    """Return what a test order would pay: the rates of its side are in those of its role."""
    return {
        "standardCommissionForOrder": _rates_of(side, terms.standard),
        "specialCommissionForOrder": _rates_of(side, terms.special),
        "taxCommissionForOrder": _rates_of(side, terms.tax),
        "discount": _discount(terms, may_be_bnb),
    }


def _rates(rates: Rates) -> View:
    return {part: amount(rate) for part, rate in asdict(rates).items()}


def _rates_of(side: Side, rates: Rates) -> View:
    return {
        "maker": amount(rates.of(side, is_maker=True)),
        "taker": amount(rates.of(side, is_maker=False)),
    }


def _discount(terms: FeeTerms, may_be_bnb: bool) -> View:
    return {
        "enabledForAccount": terms.in_bnb,
        "enabledForSymbol": may_be_bnb,
        "discountAsset": DISCOUNT_ASSET,
        "discount": amount(terms.discount),
    }
