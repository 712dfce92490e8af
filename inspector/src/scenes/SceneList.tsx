export function SceneList() {
  return null;
}
