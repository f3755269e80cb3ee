for (const bar of document.querySelectorAll('[data-map-zoom]')) {
  const map = document.getElementById(bar.dataset.mapZoom);
  if (!map) continue;
  bar.hidden = false;
  bar.addEventListener('click', (event) => {
    const button = event.target.closest('button[data-viewbox]');
    if (!button) return;
    map.setAttribute('viewBox', button.dataset.viewbox);
    for (const b of bar.querySelectorAll('button')) b.setAttribute('aria-pressed', String(b === button));
  });
}
