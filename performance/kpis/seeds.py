"""The KPIs of key-account selling that every installation starts with. Values only; ``services.seed`` writes them."""

from __future__ import annotations

from msgspec import Struct

from lms.db import LocalText
from lms.i18n import in_languages


class KpiSeed(Struct, frozen=True):
    code: str
    name: LocalText
    description: LocalText
    kind: str
    unit: str
    digits: int = 0
    direction: str = "higher"
    numerator_name: LocalText | None = None
    denominator_name: LocalText | None = None
    over_time: str = "sum"


SEEDS = (
    KpiSeed(
        "sales_amount",
        in_languages("Sales amount", "销售额", "銷售額"),
        in_languages(
            "Value of the orders signed in the month, net of tax and returns.",
            "当月签订的订单金额，不含税，扣除退货。",
            "當月簽訂的訂單金額，不含稅，扣除退貨。",
        ),
        "amount",
        "CNY",
    ),
    KpiSeed(
        "sales_new_customers",
        in_languages("Sales from new customers", "新客户销售额", "新客戶銷售額"),
        in_languages(
            "The part of the sales amount signed by customers in their first twelve months.",
            "销售额中由首单未满十二个月的客户签订的部分。",
            "銷售額中由首單未滿十二個月的客戶簽訂的部分。",
        ),
        "amount",
        "CNY",
    ),
    KpiSeed(
        "new_customers",
        in_languages("New customers", "新客户数", "新客戶數"),
        in_languages(
            "Customers who signed their first order in the month.",
            "当月签订首单的客户数量。",
            "當月簽訂首單的客戶數量。",
        ),
        "count",
        "customers",
    ),
    KpiSeed(
        "customer_count",
        in_languages("Customers", "客户数", "客戶數"),
        in_languages(
            "Customers with an order in the last twelve months, at the end of the month.",
            "月末统计的近十二个月内有订单的客户数量。",
            "月末統計的近十二個月內有訂單的客戶數量。",
        ),
        "count",
        "customers",
        over_time="last",
    ),
    KpiSeed(
        "customer_satisfaction",
        in_languages("Customer satisfaction", "客户满意度", "客戶滿意度"),
        in_languages(
            "Share of the customers asked in the month who were satisfied or very satisfied.",
            "当月受访客户中表示满意或非常满意的比例。",
            "當月受訪客戶中表示滿意或非常滿意的比例。",
        ),
        "rate",
        "share",
        0,
        "higher",
        in_languages("Satisfied answers", "满意答卷数", "滿意答卷數"),
        in_languages("Answers", "答卷数", "答卷數"),
    ),
    KpiSeed(
        "collection_rate",
        in_languages("Collection rate", "回款率", "回款率"),
        in_languages(
            "Money collected in the month as a share of what was due in it.",
            "当月实际回款占当月应收款的比例。",
            "當月實際回款占當月應收款的比例。",
        ),
        "rate",
        "share",
        0,
        "higher",
        in_languages("Collected", "已回款", "已回款"),
        in_languages("Due", "应收款", "應收款"),
    ),
    KpiSeed(
        "sales_new_markets",
        in_languages("New-market sales", "新市场销售额", "新市場銷售額"),
        in_languages(
            "The part of the sales amount signed in regions or industries opened in the last twelve months.",
            "销售额中来自近十二个月内新开拓区域或行业的部分。",
            "銷售額中來自近十二個月內新開拓區域或行業的部分。",
        ),
        "amount",
        "CNY",
    ),
)
