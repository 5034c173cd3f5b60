"""The shape of an open page: what axe judges of it, without its words.

Two pages of one shape have the same elements with the same classes, states and roles; names and texts are there or missing in
the same places; labels, ids and references point at the same kinds of elements. What stands side by side in one shape, such as the
rows of a table, counts once. What axe found nothing in needs no second look: the same page in another language, for another person,
with other figures; nor does the third row of a kind.
"""

from __future__ import annotations

from hashlib import sha256

from playwright.sync_api import Page

REPEATED = "data-repeated"
"""Marks what two siblings before it have the shape of: two, since every other row of a table has another ground."""

_SHAPE = """
(repeated) => {
    for (const each of document.querySelectorAll(`[${repeated}]`)) each.removeAttribute(repeated);
    const marked = [];
    const asItStands = new Set([
        'class', 'style', 'role', 'type', 'scope', 'colspan', 'rowspan', 'disabled', 'required', 'hidden', 'open', 'inert', 'lang',
        'dir', 'tabindex', 'multiple', 'readonly', 'autocomplete', 'inputmode', 'contenteditable', 'viewBox',
        'aria-hidden', 'aria-current', 'aria-expanded', 'aria-invalid', 'aria-live', 'aria-sort', 'aria-selected',
        'aria-pressed', 'aria-checked', 'aria-disabled', 'aria-modal', 'aria-atomic', 'aria-haspopup', 'aria-orientation',
    ]);
    const references = new Set(['for', 'list', 'headers', 'aria-labelledby', 'aria-describedby', 'aria-controls', 'aria-owns', 'aria-details']);
    const kind = element => element ? element.tagName + (element.getAttribute('role') || '') : '?';
    const count = (list, key) => list.set(key, (list.get(key) || 0) + 1);
    const ids = new Map(), names = new Map();
    for (const each of document.querySelectorAll('[id]')) count(ids, each.id);
    for (const each of document.querySelectorAll('[aria-label], [title]')) count(names, kind(each) + each.getAttribute('aria-label') + each.title);
    const attribute = (element, {name, value}) => {
        if (asItStands.has(name)) return name + '=' + value;
        if (references.has(name)) return name + '>' + value.split(/\\s+/).map(id => kind(document.getElementById(id)));
        if (name === 'content') return element.name === 'viewport' ? value : name;
        if (name === 'id') return ids.get(value) > 1 ? 'id twice' : 'id';
        if (name === 'href' && value.startsWith('#')) return 'href>' + kind(document.getElementById(value.slice(1)));
        if (name === 'aria-label' || name === 'title')
            return name + (value.trim() ? names.get(kind(element) + element.getAttribute('aria-label') + element.title) > 1 : ' empty');
        return name + (value.trim() ? '' : ' empty');
    };
    const states = element => [
        element === document.activeElement && 'focus', element.checked && 'checked', element.indeterminate && 'indeterminate',
        element.matches('input, textarea, select') && element.value && 'filled', element.matches(':invalid') && 'invalid',
    ].filter(Boolean);
    const shape = node => {
        if (node.nodeType === Node.TEXT_NODE) return node.data.trim() ? '_' : '';
        if (node.nodeType !== Node.ELEMENT_NODE || node.matches('script, style, link')) return '';
        const attributes = Array.from(node.attributes, each => attribute(node, each)).sort();
        const inside = new Map();
        for (const each of node.childNodes) {
            const its = shape(each);
            if (!its) continue;
            count(inside, its);
            if (inside.get(its) > 2 && each.nodeType === Node.ELEMENT_NODE) marked.push(each);
        }
        return `<${[node.tagName, ...attributes, ...states(node)].join(' ')}>${Array.from(inside.keys()).join('')}</>`;
    };
    const main = document.querySelector('main');
    const content = main ? shape(main) : '';
    const frame = shape(document.documentElement).replace(content, '');
    for (const each of marked) each.setAttribute(repeated, '');
    return [content, frame];
}
"""


def shape(page: Page) -> tuple[str, str]:
    """The shapes of the page's content and of what stands around it; what is repeated is marked in the page."""
    content, frame = page.evaluate(_SHAPE, REPEATED)
    return _short(content), _short(frame)


def _short(text: str) -> str:
    return sha256(text.encode()).hexdigest()
