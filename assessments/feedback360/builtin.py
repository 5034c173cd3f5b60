"""Needle's own 360° questionnaire: the practice of key-account selling, in Chinese and English. Pure."""

from __future__ import annotations

from typing import Any

Text = dict[str, str]
Anchors = tuple[tuple[str, str], tuple[str, str], tuple[str, str], tuple[str, str], tuple[str, str]]


def _t(zh: str, en: str) -> Text:
    return {"zh_Hans": zh, "en": en}


def _item(id_: str, text: tuple[str, str], anchors: Anchors) -> dict[str, Any]:
    return {"id": id_, "text": _t(*text), "anchors": [_t(*anchor) for anchor in anchors]}


NEEDS: list[dict[str, Any]] = [
    _item("i1", ("先问清情况，再谈产品", "Asks about the situation before speaking of products"), (
        ("一见面就介绍产品、报价格", "Presents products and prices from the first minute"),
        ("问一两个问题，很快回到产品", "Asks one or two questions, then turns to products"),
        ("按清单提问，但很少追问", "Works through a list of questions but seldom digs deeper"),
        ("追问原因和影响，再谈方案", "Asks for causes and consequences before offering anything"),
        ("让客户自己说出问题的代价和想要的结果", "Leads customers to name what the problem costs and what they want instead"),
    )),
    _item("i2", ("听懂客户的话，并确认理解一致", "Listens, and checks what was understood"), (
        ("常打断客户，答非所问", "Interrupts, and answers what was not asked"),
        ("会听，但会后记不清要点", "Listens, but the main points are lost afterwards"),
        ("做记录，偶尔复述要点", "Takes notes and sometimes sums up"),
        ("当场复述要点，会后书面确认", "Sums up on the spot and confirms in writing"),
        ("听出没有明说的顾虑，核实后再往下谈", "Hears concerns that were left unsaid and checks them before going on"),
    )),
    _item("i3", ("了解客户的业务和参与决策的人", "Knows the customer’s business and who decides"), (
        ("只认识采购联系人", "Knows the buyer alone"),
        ("知道还有谁参与，但没有接触", "Knows who else is involved, without having met them"),
        ("见过主要的使用人和决策人", "Has met the main users and deciders"),
        ("清楚每个人关心什么、谁影响谁", "Knows what each of them cares about and who influences whom"),
        ("能说出客户今年的目标，并据此提出想法", "Can state the customer’s goals of the year and brings ideas for them"),
    )),
]  # fmt: skip
PLAN: list[dict[str, Any]] = [
    _item("i4", ("把合作落实成双方认可的计划", "Turns cooperation into a plan both sides agree on"), (
        ("只谈眼前的订单", "Talks of the order at hand only"),
        ("有自己的计划，没有和客户谈过", "Has a plan that the customer has never seen"),
        ("和客户谈过年度目标", "Has discussed the year’s goals with the customer"),
        ("和客户共同制定计划，分工和时间明确", "Has written a plan with the customer: who does what by when"),
        ("定期与客户复盘并调整，双方高层都认可", "Reviews and adjusts it regularly; the leaders of both sides stand behind it"),
    )),
    _item("i5", ("用客户认可的数字说明价值", "Shows value in figures the customer accepts"), (
        ("只讲参数和价格", "Speaks of specifications and price only"),
        ("笼统地说能省钱、能提效", "Says in general that money or time is saved"),
        ("用别家客户的案例说明", "Points to what other customers gained"),
        ("用客户自己的数据算出收益", "Works out the gain from the customer’s own figures"),
        ("实施后和客户一起核对收益是否实现", "Checks with the customer afterwards whether the gain came true"),
    )),
    _item("i6", ("面对异议时弄清原因，再给出依据", "Meets objections by finding their cause first"), (
        ("争辩，或马上降价", "Argues, or lowers the price at once"),
        ("解释，但没有问为什么", "Explains without asking why"),
        ("问清原因，回答较笼统", "Asks for the reason, answers in general terms"),
        ("针对原因给出证据或替代方案", "Answers the cause with evidence or an alternative"),
        ("提前想到异议，和客户一起找到双方可接受的办法", "Expects objections and finds with the customer what works for both"),
    )),
]  # fmt: skip
TEAM: list[dict[str, Any]] = [
    _item("i7", ("让方案、交付的同事及时了解客户", "Keeps colleagues in solution and delivery informed about the customer"), (
        ("信息只留在自己手里", "Keeps information to himself or herself"),
        ("被问到才说", "Shares when asked"),
        ("重要变化会告知相关同事", "Tells those concerned of important changes"),
        ("拜访后当天共享记录和下一步", "Shares notes and next steps on the day of the visit"),
        ("主动召集复盘，大家对客户的判断一致", "Brings everybody together until all see the customer alike"),
    )),
    _item("i8", ("对客户和同事说到做到", "Keeps promises to customers and colleagues"), (
        ("经常承诺后没有下文", "Often promises and is not heard of again"),
        ("需要反复提醒才完成", "Delivers after repeated reminders"),
        ("多数按时完成", "Is mostly on time"),
        ("按时完成，有变化会提前说明", "Is on time and tells beforehand when something changes"),
        ("承诺前先和团队核实，从不让客户意外", "Checks with the team before promising; nobody is ever surprised"),
    )),
    _item("i9", ("客户出了问题时承担责任", "Takes responsibility when something goes wrong"), (
        ("推给别的部门", "Passes it on to other departments"),
        ("转达问题，然后等结果", "Passes the problem on and waits"),
        ("跟进到有人处理", "Follows up until somebody deals with it"),
        ("协调各方并告知客户进展", "Coordinates everybody and keeps the customer informed"),
        ("解决后找出原因，避免再次发生", "Finds the cause afterwards, so that it does not happen again"),
    )),
]  # fmt: skip
CASH: list[dict[str, Any]] = [
    _item("i10", ("成交前把付款条件谈清楚", "Settles terms of payment before closing"), (
        ("成交后才谈付款", "Speaks of payment after the deal"),
        ("提到付款，但没有写明", "Mentions payment, without writing it down"),
        ("按公司标准写进合同", "Puts the company’s standard terms into the contract"),
        ("按客户信用和项目节点商定条件", "Agrees terms that fit the customer’s credit and the project’s milestones"),
        ("让客户的财务和业务都认可付款计划", "Has both finance and business of the customer agree to the plan"),
    )),
    _item("i11", ("及时跟进应收款", "Follows up receivables in time"), (
        ("逾期了才知道", "Learns of overdue invoices from others"),
        ("财务提醒后才联系客户", "Calls the customer when finance reminds"),
        ("到期前会提醒客户", "Reminds the customer before the due date"),
        ("了解客户付款流程，提前扫清障碍", "Knows how the customer pays and clears obstacles early"),
        ("遇到拖欠能找到原因，并谈成可执行的方案", "Finds the cause of late payment and agrees what is then kept to"),
    )),
    _item("i12", ("对回款的预测可靠", "Gives reliable forecasts of payment"), (
        ("没有预测", "Gives none"),
        ("预测经常落空", "Forecasts often fail"),
        ("大致准确，偏差说不出原因", "Roughly right; cannot say why it differs"),
        ("较准确，有变化及时更新", "Mostly right, updated when things change"),
        ("准确，并能说明每笔的依据和风险", "Right, with grounds and risks for each payment"),
    )),
]  # fmt: skip

KEY_ACCOUNTS: dict[str, Any] = {
    "competencies": [
        {"id": "c1", "word": "需求挖掘", "name": _t("需求挖掘", "Finding needs"), "items": NEEDS},
        {"id": "c2", "word": "联合生意计划", "name": _t("联合生意计划", "Joint business planning"), "items": PLAN},
        {"id": "c3", "word": "团队协同", "name": _t("团队协同", "Working as a team"), "items": TEAM},
        {"id": "c4", "word": "回款管理", "name": _t("回款管理", "Collection"), "items": CASH},
    ],
    "comments": [
        {"id": "go_on", "text": _t("请继续这样做", "Go on with this")},
        {"id": "differently", "text": _t("可以换一种做法", "Do this differently")},
    ],
}
TITLE: Text = _t("大客户销售实践", "The practice of key-account selling")
BLANK: dict[str, Any] = {"competencies": [], "comments": KEY_ACCOUNTS["comments"]}
TEMPLATES: dict[str, dict[str, Any]] = {"key_accounts": KEY_ACCOUNTS, "blank": BLANK}
