// What cannot be read in a notebook's outputs and comments: a list of sentences. Run in the page.
() => {
  const found = [];
  const say = (what, e) => {
    const text = (e.innerText || e.alt || e.value || e.tagName).trim().slice(0, 60);
    found.push(`${what}: ${text} <${e.tagName.toLowerCase()} ${e.className}>`);
  };

  // Colours: WCAG 2.2, relative luminance and contrast. What is switched off may be faint (1.4.3).
  const parse = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[0-9.]+/g).map(Number);
    return colour.startsWith('color(srgb') ? [r * 255, g * 255, b * 255, a] : [r, g, b, a];
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((c, i) => c * a + below[i] * (1 - a));
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (e) => {
    if (!e) return [255, 255, 255];
    const colour = parse(getComputedStyle(e).backgroundColor);
    return colour[3] === 1 ? colour.slice(0, 3) : over(colour, behind(e.parentElement));
  };
  const contrast = (e) => {
    const below = behind(e);
    const [one, two] = [over(parse(getComputedStyle(e).color), below), below].map(luminance).sort((x, y) => y - x);
    return (one + 0.05) / (two + 0.05);
  };

  const said = (e) => [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.data.trim());
  for (const area of document.querySelectorAll('.jp-OutputArea-output')) {
    const edge = area.getBoundingClientRect();
    for (const e of [area, ...area.querySelectorAll('*')]) {
      const box = e.getBoundingClientRect();
      if (!e.checkVisibility({ visibilityProperty: true }) || box.width <= 1 || e.closest('svg, mjx-container')) continue;
      const hides = /hidden|clip/.test(getComputedStyle(e).overflowX);
      const field = e.matches('input, select, textarea');
      if (hides && !field && e.scrollWidth > e.clientWidth + 1) say('cut off', e);
      const named = [...(e.labels || [])].some((l) => l.innerText.trim()) || e.title || e.innerText.trim();
      if (e.matches('input, textarea, button') && !named) say('has no name', e);
      if (e.matches('select') && !e.labels.length && !e.title) say('has no name', e);
      const shows = said(e) || field || e.matches('img, table, button');
      if (shows && box.right > edge.right + 1) {
        let up = e.parentElement;
        while (up !== area && !/auto|scroll/.test(getComputedStyle(up).overflowX)) up = up.parentElement;
        if (up === area) say('sticks out', e);
      }
      if (said(e) && !e.closest(':disabled, .jupyter-widgets-disconnected') && contrast(e) < 4.5) say(`faint, ${contrast(e).toFixed(1)} to 1`, e);
    }
  }
  // What a cell needs is said in a comment.
  for (const e of document.querySelectorAll('.jp-CodeCell .cm-line span')) {
    if (e.innerText.startsWith('# ') && contrast(e) < 4.5) say(`faint, ${contrast(e).toFixed(1)} to 1`, e);
  }
  return [...new Set(found)];
}
