/** Says something in passing. The toast library comes with the first one. */
export async function say(title: string, body?: string, link?: string | null): Promise<void> {
  const [{ toast }, { goto }] = await Promise.all([import('svelte-sonner'), import('$app/navigation')])
  const action = link == null ? undefined : { label: 'Open', onClick: () => void goto(link) }
  toast(title, {
    ...(body === undefined ? {} : { description: body }),
    ...(action === undefined ? {} : { action }),
  })
}
