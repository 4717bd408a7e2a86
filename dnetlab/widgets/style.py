"""The panel's look: one style sheet that takes its colours from JupyterLab's theme, so light and dark both fit.

The last rules reach beyond the panels: JupyterLab breaks printed lines inside words, here they break at spaces; and
its comments are faint, but in a lesson they say what to run first.
Every colour names a JupyterLab variable first and, for other front ends, a colour for light pages after it. Meaning
is never in the colour alone: each sign is a word or a mark too.
"""

from __future__ import annotations

CSS = """
.dnl { --dnl-ink: var(--jp-ui-font-color1, #17212e); --dnl-muted: var(--jp-ui-font-color2, #55616f);
  --dnl-border: var(--jp-border-color2, #c9d1da); --dnl-soft: var(--jp-layout-color2, #f2f5f8);
  --dnl-good: #00744f; --dnl-bad: #b3420a; --dnl-link: #0072b2; color: var(--dnl-ink); }
body[data-jp-theme-light="false"] .dnl, body.vscode-dark .dnl, body.theme-dark .dnl {
  --dnl-good: #2fc197; --dnl-bad: #f0a040; --dnl-link: #56b4e9; --jp-widgets-dropdown-arrow: url("data:image/svg+xml,\
%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 18 18'%3E%3Cpath d='M5 7l4 4 4-4' fill='none' stroke='%23ddd'\
 stroke-width='2'/%3E%3C/svg%3E"); }
.dnl.dnl-panel { border: 1px solid var(--dnl-border); border-radius: 6px; padding: 10px 12px;
  max-width: 1100px; overflow: visible; margin: 0 0 6px; }
.dnl .widget-html, .dnl .widget-html-content { line-height: 1.45; height: auto; overflow: visible;
  white-space: normal; color: var(--dnl-ink); }
.dnl .widget-html { margin: 0; width: auto; max-width: 100%; min-width: 0; }
.dnl .widget-html-content { flex: 1 1 0; min-width: 0; max-width: 100%; }
.dnl h3.dnl-title { font-size: 1.15em; margin: 0 0 2px; font-weight: 600; }
.dnl p { margin: 2px 0; }
.dnl .dnl-muted { color: var(--dnl-muted); }
.dnl .dnl-help { color: var(--dnl-muted); font-size: 0.88em; line-height: 1.3; margin: 0 4px 2px 114px; }
.dnl .dnl-good { color: var(--dnl-good); font-weight: 600; }
.dnl .dnl-bad { color: var(--dnl-bad); font-weight: 600; }
.dnl .dnl-problem { color: var(--dnl-bad); font-size: 0.92em; line-height: 1.3; margin: 0 4px 2px 114px; }
.dnl .dnl-error { border-left: 4px solid var(--dnl-bad); background: var(--dnl-soft); padding: 6px 10px;
  margin: 6px 0; }
.dnl .dnl-notice { border-left: 4px solid var(--dnl-link); background: var(--dnl-soft); padding: 4px 10px;
  margin: 4px 0; }
.dnl pre { white-space: pre-wrap; overflow-wrap: anywhere; word-break: normal; background: var(--dnl-soft); color: var(--dnl-ink);
  padding: 6px 8px; margin: 4px 0; font-size: 0.9em; line-height: 1.35; border-radius: 3px; border: 0; }
.dnl code { background: var(--dnl-soft); color: var(--dnl-ink); padding: 1px 4px; border-radius: 3px;
  overflow-wrap: anywhere; border: 0; }
.dnl .dnl-line { margin: 6px 0 2px; }
.dnl .dnl-scroll { overflow-x: auto; max-width: 100%; }
.dnl table { border-collapse: collapse; margin: 4px 0; font-size: 0.95em; color: var(--dnl-ink); }
.dnl caption { text-align: left; color: var(--dnl-muted); caption-side: top; padding: 2px 0; }
.dnl th, .dnl td { border: 1px solid var(--dnl-border); padding: 3px 8px; text-align: left; font-weight: normal;
  vertical-align: top; }
.dnl thead th, .dnl th[scope="row"] { background: var(--dnl-soft); font-weight: 600; }
.dnl .dnl-cell { text-align: center; white-space: nowrap; }
.dnl .jupyter-button.mod-active { font-weight: 600; box-shadow: inset 0 -3px 0 var(--dnl-link); }
body:not([data-jp-theme-light="false"]) .dnl .jupyter-button.mod-success { background-color: #2e7d32; }
.dnl .dnl-matrix .jupyter-button { padding: 0 2px; }
.dnl summary { cursor: pointer; }
.dnl .dnl-result { border-top: 1px solid var(--dnl-border); padding: 6px 0; }
.dnl.dnl-field { min-width: 0; overflow: visible; padding: 2px 10px 4px 0; }
.dnl .dnl-field { overflow: visible; }
.dnl .dnl-field .widget-label { color: var(--dnl-ink); }
.dnl .dnl-spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.dnl .dnl-field-wrong input { border-color: var(--dnl-bad) !important; border-width: 2px !important; }
.dnl .dnl-claim .widget-html p { margin-left: 6px; }
.dnl .dnl-claim { border-top: 1px solid var(--dnl-border); padding: 4px 0; overflow: visible; }
.dnl ul.dnl-seen { list-style: none; padding-left: 0.4em; margin: 4px 0; }
.dnl .jupyter-widgets-disconnected::before { content: none; }
.dnl.dnl-panel.jupyter-widgets-disconnected::before { content: "The kernel has ended or was restarted, and this panel is only a\
 picture of what was. Run the cells again, from the top."; font: inherit; color: var(--dnl-ink); background: var(--dnl-soft);
  border-left: 4px solid var(--dnl-bad); padding: 4px 10px; margin: 0 0 6px; }
.dnl.dnl-panel.jupyter-widgets-disconnected > * { opacity: 0.6; pointer-events: none; }
.dnl .widget-tab > .lm-TabBar .lm-TabBar-tab { color: var(--dnl-ink); flex: 0 1 auto; min-width: max-content; padding: 0 12px; }
.dnl .widget-tab > .lm-TabBar .lm-TabBar-content { flex-wrap: wrap; }
.dnl .widget-tab-contents { overflow: visible; }
.jp-Notebook:has(.dnl) .jp-OutputArea-output pre { word-break: normal; overflow-wrap: anywhere; }
.jp-Notebook:has(.dnl) { --jp-mirror-editor-comment-color: #2f6c6c; }
body[data-jp-theme-light="false"] .jp-Notebook:has(.dnl) { --jp-mirror-editor-comment-color: #7fb5b5; }
"""


def sheet() -> str:
    """The style sheet as an HTML element."""
    return f"<style>{CSS}</style>"
