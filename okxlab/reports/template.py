"""The page a report is poured into: nbconvert's lab template without its scripts, under a policy that closes it."""

TEMPLATE = "okxlab_report.html.j2"

POLICY = (
    "default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'"
)

SOURCE = """\
{%- extends 'lab/index.html.j2' -%}
{%- block header -%}
<!DOCTYPE html>
<html lang="{{ resources.language_code }}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ resources.okxlab_policy }}">
<meta name="referrer" content="no-referrer">
{{ self.html_head() }}
</head>
{%- endblock header -%}
{%- block html_head_js -%}{%- endblock html_head_js -%}
{%- block jupyter_widgets -%}{%- endblock jupyter_widgets -%}
{%- block html_head_js_mathjax -%}{%- endblock html_head_js_mathjax -%}
{%- block html_head_js_mermaidjs -%}{%- endblock html_head_js_mermaidjs -%}
{%- block body_header -%}
{{ super() }}
<header class="jp-RenderedHTMLCommon okxlab-run"><table>
{%- for name, value in resources.okxlab_facts %}
<tr><th>{{ name | escape_html }}</th><td>{{ value | escape_html }}</td></tr>
{%- endfor %}
</table></header>
{%- endblock body_header -%}
"""

DRAW = """\
for (const figure of JSON.parse(document.querySelector("script#okxlab-figures").textContent)) {
  Plotly.newPlot(figure.id, figure);
}
"""
