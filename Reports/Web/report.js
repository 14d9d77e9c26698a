"use strict";
(async () => {
  const options = { renderer: "svg", actions: false, mode: "vega-lite", tooltip: { theme: "report" } };
  for (const figure of document.querySelectorAll("figure")) {
    const source = figure.querySelector("script[type='application/json']");
    const chart = figure.querySelector(".chart");
    try {
      await vegaEmbed(chart, JSON.parse(source.textContent), options);
      figure.querySelector(".links").append(" · ", svgLink(figure));
    } catch (error) {
      chart.textContent = "This chart could not be drawn: " + error.message;
      console.error(figure.id, error);
    }
  }
  document.documentElement.dataset.charts = "drawn";

  // The drawing's colours are variables of this page: a copy that stands alone needs them resolved.
  function svgLink(figure) {
    const link = document.createElement("a");
    link.textContent = "drawing as svg";
    link.href = "#" + figure.id;
    link.addEventListener("click", event => {
      event.preventDefault();
      const drawn = figure.querySelector(".chart svg");
      const copy = drawn.cloneNode(true);
      const from = drawn.querySelectorAll("*"), to = copy.querySelectorAll("*");
      from.forEach((element, i) => {
        for (const name of ["fill", "stroke"])
          if (element.hasAttribute(name)) to[i].setAttribute(name, getComputedStyle(element)[name]);
      });
      const text = new XMLSerializer().serializeToString(copy);
      const save = document.createElement("a");
      save.download = figure.id + ".svg";
      save.href = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
      save.click();
      setTimeout(() => URL.revokeObjectURL(save.href), 1000);
    });
    return link;
  }
})();
