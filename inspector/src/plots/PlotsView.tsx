export function PlotsView() { return null; }
