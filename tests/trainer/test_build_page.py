from trainer.build.page import read_page

PAGE = """<!DOCTYPE html><html><head><title>5.1.
 Lamps</title><style>p {color: red}</style></head><body>
<ul class="docnav"><li>Prev</li></ul>
<div class="section"><h2>Lamps</h2><p>A lamp &amp; a
wick.</p><br/><p>It burns.</p>
<div class="sidebar"><p>An aside</p></div>
<pre>$ lamp --light</pre><div class="url">→ <a href="x">http://example.org</a></div>
<ul><li>oil<li>gas</ul></div>
<div class="section"><h2>Masts<h3>Wood</h3>Oak.</div></p>
<script>alert("x")</script></body></html>"""


def test_a_page_becomes_title_and_sections() -> None:
    title, sections = read_page(PAGE)
    assert title == "5.1. Lamps"
    assert sections == ("Lamps\nA lamp & a wick.\nIt burns.", "An aside", "oil\ngas", "Masts", "Wood\nOak.")


def test_markup_that_is_no_page_is_plain_text() -> None:
    assert read_page("just words </b>") == ("", ("just words",))
    assert read_page("") == ("", ())
