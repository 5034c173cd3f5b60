"""Names for the demo company: surnames and given names with their pinyin, paired at random without repeats."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

SURNAMES = (
    "王 Wang 李 Li 张 Zhang 刘 Liu 陈 Chen 杨 Yang 赵 Zhao 黄 Huang 周 Zhou 吴 Wu 徐 Xu 孙 Sun 胡 Hu 朱 Zhu 高 Gao "
    "林 Lin 何 He 郭 Guo 马 Ma 罗 Luo 梁 Liang 宋 Song 郑 Zheng 谢 Xie 韩 Han 唐 Tang 冯 Feng 于 Yu 董 Dong 萧 Xiao "
    "程 Cheng 曹 Cao 袁 Yuan 邓 Deng 许 Xu 傅 Fu 沈 Shen 曾 Zeng 彭 Peng 吕 Lü 苏 Su 卢 Lu 蒋 Jiang 蔡 Cai 贾 Jia "
    "丁 Ding 魏 Wei 薛 Xue 叶 Ye 阎 Yan 余 Yu 潘 Pan 杜 Du 戴 Dai 夏 Xia 钟 Zhong 汪 Wang 田 Tian 任 Ren 姜 Jiang"
)
GIVEN = (
    "文浩 Wenhao 雨桐 Yutong 建国 Jianguo 晓燕 Xiaoyan 志强 Zhiqiang 思琪 Siqi 俊杰 Junjie 佳怡 Jiayi 海波 Haibo "
    "雪梅 Xuemei 一鸣 Yiming 婉清 Wanqing 国栋 Guodong 丽华 Lihua 子轩 Zixuan 梦洁 Mengjie 宏伟 Hongwei 春燕 Chunyan "
    "天宇 Tianyu 诗涵 Shihan 立新 Lixin 玉兰 Yulan 浩然 Haoran 欣怡 Xinyi 振华 Zhenhua 红霞 Hongxia 博文 Bowen "
    "若曦 Ruoxi 永刚 Yonggang 桂芳 Guifang 承志 Chengzhi 可欣 Kexin 少华 Shaohua 秋月 Qiuyue 明辉 Minghui 静怡 Jingyi "
    "学军 Xuejun 慧敏 Huimin 嘉树 Jiashu 晨曦 Chenxi 德胜 Desheng 美玲 Meiling 睿 Rui 婷婷 Tingting 向东 Xiangdong "
    "艳萍 Yanping 泽宇 Zeyu 语嫣 Yuyan 卫平 Weiping 淑贞 Shuzhen 凯 Kai 蕾 Lei 兴旺 Xingwang 晶 Jing 昊天 Haotian "
    "悦 Yue 长江 Changjiang 燕妮 Yanni 启航 Qihang 珊珊 Shanshan 家明 Jiaming 凤英 Fengying 景行 Jingxing 芷若 Zhiruo "
    "新民 Xinmin 巧云 Qiaoyun 瑞丰 Ruifeng 依依 Yiyi 万里 Wanli 小曼 Xiaoman 绍祖 Shaozu 冰洁 Bingjie 力行 Lixing "
    "妙音 Miaoyin 喆 Zhe 䶮 Yan 斯年 Sinian 采薇 Caiwei 鹏程 Pengcheng 莉莉 Lili 书恒 Shuheng 青禾 Qinghe"
)


class Name(NamedTuple):
    """``own`` as written at home, ``latin`` beside it (family name first), ``mailbox`` before the @."""

    own: str
    latin: str
    mailbox: str


def made(rng: np.random.Generator, count: int, taken: tuple[Name, ...]) -> list[Name]:
    """So many different names, none of which is ``taken``; mailboxes that sound alike get a number."""
    surnames, given = _pairs(SURNAMES), _pairs(GIVEN)
    places = rng.permutation(len(surnames) * len(given))
    own = {name.own for name in taken}
    heard = {name.mailbox: 1 for name in taken}
    found: list[Name] = []
    for place in places:
        (family, family_latin), (first, first_latin) = (
            surnames[place // len(given)],
            given[place % len(given)],
        )
        if len(found) == count:
            break
        if family + first in own:
            continue
        own.add(family + first)
        found.append(named(family + first, f"{family_latin} {first_latin}", heard))
    return found


def named(own: str, latin: str, heard: dict[str, int]) -> Name:
    """A name with its mailbox; ``heard`` counts the mailboxes given so far."""
    family, first = latin.lower().replace("ü", "v").split(" ")
    mailbox = re.sub("[^a-z.]", "", f"{family}.{first}")
    heard[mailbox] = heard.get(mailbox, 0) + 1
    return Name(own, latin, mailbox if heard[mailbox] == 1 else f"{mailbox}{heard[mailbox]}")


def _pairs(text: str) -> list[tuple[str, str]]:
    words = text.split()
    return list(zip(words[::2], words[1::2], strict=True))
