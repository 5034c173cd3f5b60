"""The competencies of key-account selling that an installation may begin with. Values only; ``services.seed`` writes them."""

from __future__ import annotations

from typing import TypedDict

from lms.db import LocalText
from lms.i18n import in_languages as _t


class Seed(TypedDict):
    name: LocalText
    description: LocalText
    stage: str | None
    anchors: dict[int, LocalText]
    aliases: tuple[str, ...]


def _seed(
    name: LocalText, description: LocalText, stage: str | None, anchors: tuple[LocalText, ...], *aliases: str
) -> Seed:
    return Seed(
        name=name, description=description, stage=stage, anchors=dict(enumerate(anchors, 1)), aliases=aliases
    )


SEEDS: tuple[tuple[str, Seed], ...] = (
    ("KA-THINK", _seed(
        _t("Key-account thinking", "大客户思维"),
        _t("Sees an account over years: its business, its buying centre, and what both sides gain.", "以年为单位经营客户：懂客户的生意、决策链，以及双方各自的收益。"),
        "profile", (
            _t("Speaks of single orders.", "只谈单笔订单。"),
            _t("Names the people in the buying centre and what each wants.", "能说出决策链上的人及各自诉求。"),
            _t("Sets a goal for the account and works back from it to this quarter.", "为客户设定目标，并倒推到本季度的动作。"),
            _t("Shows others how an account grew, and what was given up for it.", "能向同事讲清一个客户如何做大、当时放弃了什么。")),
        "Account mindset", "大客户意识")),
    ("KA-SCORE", _seed(
        _t("Account scoring", "客户评分"),
        _t("Chooses by potential and position which accounts deserve the time.", "按潜力和自身位置判断哪些客户值得投入时间。"),
        "profile", (
            _t("Follows whoever calls.", "谁来电话就跟谁。"),
            _t("Fills in the score sheet with facts from others.", "能根据他人提供的信息填写评分表。"),
            _t("Finds the facts alone, and drops accounts that do not pay.", "自己核实信息，敢于放弃不值得的客户。"),
            _t("Corrects the scale by what accounts turned out to be worth.", "根据客户的实际产出修正评分标准。")),
        "Account selection", "客户筛选", "客户分级")),
    ("KA-VISIT", _seed(
        _t("Customer visits", "客户拜访"),
        _t("Prepares a visit, leads it, and leaves with a next step that has a date.", "有准备、有主导，离开时带着有日期的下一步。"),
        "leads", (
            _t("Goes without a goal; tells about the product.", "没有目标，只介绍产品。"),
            _t("Has a goal and an agenda; the next step stays vague.", "有目标和议程，但下一步含糊。"),
            _t("Leads the talk and agrees who does what by when.", "主导面谈，约定谁在何时做什么。"),
            _t("Uses visits to move the whole buying centre, and writes them up so that others can.", "用拜访推动整条决策链，记录能让同事接手。")),
        "Visiting customers", "Sales call", "拜访技巧", "客户拜访技巧")),
    ("KA-LEADS", _seed(
        _t("Opportunity management", "商机管理"),
        _t("Keeps both funnels honest: stage by evidence, next step by date.", "让两个漏斗真实：阶段看证据，下一步看日期。"),
        "leads", (
            _t("Enters deals after they are won.", "成交后才补录。"),
            _t("Keeps stages up to date when asked.", "被提醒后更新阶段。"),
            _t("Moves a stage on evidence alone, and closes dead deals.", "只凭证据推进阶段，及时关闭无望商机。"),
            _t("Foresees the quarter within a tenth, and says what would change it.", "季度预测误差在一成以内，并说得出变数。")),
        "Pipeline management", "Lead management", "线索管理", "漏斗管理")),
    ("KA-NEEDS", _seed(
        _t("Needs analysis", "需求挖掘"),
        _t("Finds out what is wrong, what it costs, and who suffers from it, before offering anything.", "先弄清问题、代价和受影响的人，再谈方案。"),
        "needs", (
            _t("Asks for the specification.", "只问参数要求。"),
            _t("Finds the problem; leaves its cost unsaid.", "找到问题，但没有谈到代价。"),
            _t("Lets the customer reckon the cost of the problem.", "引导客户自己算出问题的代价。"),
            _t("Finds needs that the customer had not seen, and has them confirmed by several people.", "发现客户未意识到的需求，并得到多人确认。")),
        "Needs discovery", "Discovery", "Finding needs", "需求分析", "客户需求挖掘")),
    ("KA-OBJECT", _seed(
        _t("Objection handling", "异议处理"),
        _t("Finds out what an objection means before answering it.", "先弄清异议背后的意思，再回应。"),
        "objections", (
            _t("Contradicts or gives way.", "要么反驳，要么让步。"),
            _t("Answers with prepared facts.", "能用准备好的事实回应。"),
            _t("Asks what lies behind, answers that, and checks whether it is settled.", "追问原因，针对性回应，并确认是否解决。"),
            _t("Brings up the objection first, so that it does not come at the end.", "主动提出异议，不让它留到最后。")),
        "Handling objections", "客户异议处理", "异议应对")),
    ("KA-VALUE", _seed(
        _t("Value selling", "价值销售"),
        _t("Says in the customer's money what an offer is worth.", "用客户的钱说明方案的价值。"),
        "objections", (
            _t("Lists features.", "罗列功能。"),
            _t("Names benefits without figures.", "讲好处，但没有数字。"),
            _t("Reckons the benefit with the customer's own figures.", "用客户自己的数据算出收益。"),
            _t("Has the customer present the reckoning inside the firm.", "让客户在内部替我们讲这笔账。")),
        "Value proposition", "Selling value", "价值呈现", "价值主张")),
    ("KA-NEGO", _seed(
        _t("Negotiation", "商务谈判"),
        _t("Prepares limits and exchanges; gives nothing without getting something.", "事先备好底线和交换条件，不做单方面让步。"),
        "agreement", (
            _t("Gives a discount when asked for one.", "一被要求就降价。"),
            _t("Defends the price; has nothing to trade.", "守得住价格，但没有可交换的条件。"),
            _t("Trades price against volume, term or payment.", "用量、期限、付款条件来换价格。"),
            _t("Plans a negotiation over several rounds and several people.", "能规划多轮、多人参与的谈判。")),
        "Price negotiation", "Closing", "价格谈判", "谈判技巧", "促成成交")),
    ("KA-PLAN", _seed(
        _t("Joint business plan", "联合生意计划"),
        _t("Agrees with the customer on shared goals, measures and a rhythm of review.", "与客户约定共同目标、举措和回顾节奏。"),
        "agreement", (
            _t("Has a sales target for the account.", "只有对客户的销售指标。"),
            _t("Writes a plan alone.", "自己写计划。"),
            _t("Writes it with the customer, with figures of both sides.", "与客户一起制定，双方数字都在内。"),
            _t("Reviews it every quarter, and both sides keep to it.", "每季度共同回顾，双方都执行。")),
        "Account planning", "Account plan", "JBP", "客户规划", "大客户规划")),
    ("KA-TEAM", _seed(
        _t("Team selling", "团队协同"),
        _t("Plays account, solution and delivery together as one team before the customer.", "客户、方案、交付三方在客户面前是一支队伍。"),
        None, (
            _t("Calls colleagues when something burns.", "出了问题才找同事。"),
            _t("Shares the visit record and the next steps.", "共享拜访记录和下一步。"),
            _t("Gives everybody a part before the meeting.", "会前明确每个人的角色。"),
            _t("Leads the team without being its superior.", "没有职权也能带动团队。")),
        "Account team", "Iron triangle", "铁三角", "铁三角协作", "团队协作")),
    ("KA-TALK", _seed(
        _t("Communication", "沟通表达"),
        _t("Listens, sums up and speaks so that the other side understands and agrees.", "会听、会总结，说得让对方听懂并认同。"),
        None, (
            _t("Talks more than the customer.", "说得比客户多。"),
            _t("Lets the customer finish; asks open questions.", "让客户说完，会问开放式问题。"),
            _t("Sums up in the customer's words and gets a yes.", "用客户的话总结，并得到确认。"),
            _t("Finds the right tone with purchasing, engineers and management alike.", "面对采购、技术、管理层都能找到合适的方式。")),
        "Listening", "沟通技巧", "沟通能力")),
    ("KA-GOAL", _seed(
        _t("Target management", "目标管理"),
        _t("Breaks a target down to accounts and weeks, and steers by it.", "把目标拆到客户和每周，并据此调整。"),
        None, (
            _t("Knows the figure for the year.", "只知道全年数字。"),
            _t("Breaks it down by month.", "拆解到月。"),
            _t("Breaks it down to accounts and acts, and reacts within the month.", "拆解到客户和动作，当月就能调整。"),
            _t("Helps colleagues to find where a gap can be closed.", "能帮同事找到补缺口的办法。")),
        "Managing targets", "目标分解")),
    ("KA-CASH", _seed(
        _t("Collection", "回款管理"),
        _t("Agrees on payment early and gets it in time without hurting the relation.", "早谈付款条件，按时收款且不伤关系。"),
        "cash", (
            _t("Leaves it to accounting.", "交给财务去催。"),
            _t("Asks when it is overdue.", "逾期后才催。"),
            _t("Agrees on terms and the way of approval before signing.", "签约前谈妥条款和审批流程。"),
            _t("Sees a risk of payment early and secures it in the contract.", "提早识别风险，并写进合同。")),
        "Getting paid", "Payment collection", "应收管理", "催收回款")),
    ("KA-PRODUCT", _seed(
        _t("Product knowledge", "产品知识"),
        _t("Knows what an instrument does for which task, and where another one does it better.", "清楚仪器适合什么任务，也清楚哪里别家更好。"),
        None, (
            _t("Reads out the data sheet.", "照着参数表念。"),
            _t("Answers the usual questions without looking them up.", "常见问题不查资料就能答。"),
            _t("Chooses the right instrument for a task, and says what it cannot do.", "能按任务选型，并说明做不到什么。"),
            _t("Compares with what competitors offer, fairly and by figures.", "能用数据公正地与竞品比较。")),
        "Product training", "产品培训", "产品技能")),
    ("KA-RULES", _seed(
        _t("Compliance", "合规"),
        _t("Promises nothing the company cannot keep, gives and takes nothing that is not allowed.", "不承诺做不到的事，不送不收违规的好处。"),
        None, (
            _t("Knows that there are rules.", "知道有规定。"),
            _t("Keeps to them when reminded.", "提醒后遵守。"),
            _t("Keeps to them when it costs a deal, and writes it down.", "宁可丢单也遵守，并有记录。"),
            _t("Brings up doubtful cases before they become one.", "在问题出现前主动提出疑点。")),
        "Integrity", "合规意识", "诚信合规")),
)  # fmt: skip

PROFILE: tuple[str, LocalText, dict[str, int]] = (
    "KA-REP",
    _t("Key-account representative", "大客户代表"),
    {
        "KA-THINK": 3, "KA-SCORE": 3, "KA-VISIT": 3, "KA-LEADS": 3, "KA-NEEDS": 3, "KA-OBJECT": 3, "KA-VALUE": 2,
        "KA-PLAN": 2, "KA-TEAM": 2, "KA-GOAL": 3, "KA-CASH": 2,
    },
)  # fmt: skip
"""A profile to begin with: code, name, and the level asked for of each competency."""
