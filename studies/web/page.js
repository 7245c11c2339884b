// What the page does by itself: numbers in charts, rows brought up to date, the address bar. All else is on the server.
window.breakeven = {
  money(value) {
    const size = Math.abs(value);
    const [scale, suffix] = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "k"]].find(([s]) => size >= s * 0.9995) ?? [1, ""];
    if (size === 0) return "$0";
    const text = (size / scale).toPrecision(3);
    const short = text.includes("e") ? String(Number(text)) : text.includes(".") ? text.replace(/\.?0+$/, "") : text;
    return `${value < 0 ? "−" : ""}$${short}${suffix}`;
  },
  percent: (share) => `${Math.round(100 * share)} %`,
  tipCurves: (points) =>
    points
      .map((point) => `${point.marker}${point.seriesName}: ${breakeven.percent(point.value[1])} at most ${breakeven.money(point.value[0])}`)
      .join("<br>"),
  tipMonths(points) {
    const lines = points
      .filter((point) => !/^(low|band)-/.test(point.seriesName))
      .map((point) => `${point.marker}${point.seriesName}: ${breakeven.money(point.value)}`);
    return [`month ${points[0].name}, medians`, ...lines].join("<br>");
  },
  tipTornado: (base) => (points) =>
    [points[0].name, ...points.filter((point) => point.seriesName !== "base").map((point) => `${point.marker}${point.seriesName}: ${breakeven.money(point.value + base)}`)].join("<br>"),
  tipMap: (point) => `P(cheaper) ${(100 * point.value[2]).toFixed(1)} %`,

  // What was done, for the server: a slider, choice or box by its data-act; `released` once the hand lets go.
  moved(emit, event, released) {
    const { type, value, checked, dataset } = event.target;
    if (dataset.act) emit(dataset.act, dataset.key ?? "", type === "checkbox" ? [value, checked] : value, released);
  },
  clicked(emit, event) {
    const button = event.target.closest("button[data-act]");
    if (button) emit(button.dataset.act, button.dataset.key ?? "");
  },

  // The row of an input after a move; its sliders are left where the hand put them.
  row([key, value, span, picture, median, spread, times, edited, byHand]) {
    const at = (name) => document.getElementById(`${name}-${key}`);
    if (!at("row")) return;
    at("row").classList.toggle("edited", edited);
    at("value").textContent = value;
    at("span").textContent = span;
    at("picture").innerHTML = picture;
    at("median")?.setAttribute("aria-valuetext", value);
    at("spread")?.setAttribute("aria-valuetext", times);
    if (at("times")) at("times").textContent = times;
    if (byHand) return;
    if (at("median")) at("median").value = median;
    if (at("spread")) at("spread").value = spread;
  },
  // A file that was not sent: the uploader says why, and the file what it is.
  rejected(emit, files) {
    const [{ failedPropValidation, file }] = files;
    emit(failedPropValidation, file.name, file.type);
  },

  // behind: the scenario itself, where another server may lack it. The token of the first address goes.
  address([query, behind]) {
    history.replaceState(null, "", `${location.pathname}?${query}${behind && "#"}${behind}`);
  },
  async copy(restriction) {
    const input = document.createElement("textarea");
    input.value = location.href;
    document.body.append(input);
    input.select();
    let done = false;
    try {
      await navigator.clipboard.writeText(location.href);
      done = true;
    } catch {
      done = document.execCommand("copy");
    }
    input.remove();
    const note = document.getElementById("copied");
    const copied = restriction ? `Link copied; it works on this server alone: ${restriction}` : "Link copied";
    note.textContent = done ? copied : location.href;
    setTimeout(() => (note.textContent = ""), restriction ? 12000 : 4000);
  },
};
// Colours of charts come from the server: ask for the page again, which is the same by its address.
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => location.reload());
// A file dropped anywhere on the page is opened, as by the button; without this the browser would leave the page for it.
for (const name of ["dragover", "drop"])
  document.addEventListener(name, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const uploader = getElement(Number(document.getElementById("calculator")?.dataset.upload))?.$refs.qRef;
    if (name !== "drop" || !uploader) return;
    const { files } = event.dataTransfer;
    if (files.length > 1) uploader.$emit("rejected", [{ failedPropValidation: "number", file: files[0] }]);
    else uploader.addFiles(files);
  });
