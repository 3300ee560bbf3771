// The files among what was dropped, those in folders too.

export async function filesOf(data: DataTransfer): Promise<File[]> {
  // The list is emptied when the event is over: the entries have to be taken before anything is waited for.
  const entries = [...data.items].map((item) => item.webkitGetAsEntry());
  const files = [...data.files];
  if (!entries.some((entry) => entry?.isDirectory)) {
    return files;
  }
  return (await Promise.all(entries.map((entry) => (entry ? within(entry) : [])))).flat();
}

export const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;

async function within(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) {
    return [await new Promise<File>((resolve, reject) => { (entry as FileSystemFileEntry).file(resolve, reject); })];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: FileSystemEntry[] = [];
  // A folder is told in pieces; an empty one is the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (some.length === 0) break;
    found.push(...some);
  }
  return (await Promise.all(found.map(within))).flat();
}
