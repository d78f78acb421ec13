// Reads a calendar as a program that isn't ours does, with the zones that travel in it.
async ([library, text]) => {
  const address = URL.createObjectURL(
    new Blob([library], { type: "text/javascript" }),
  );
  const { default: ICAL } = await import(address);
  const calendar = new ICAL.Component(ICAL.parse(text));
  return calendar.getAllSubcomponents("vevent").map((component) => {
    const event = new ICAL.Event(component);
    const said = (name) => component.getFirstPropertyValue(name);
    return {
      method: calendar.getFirstPropertyValue("method"),
      uid: event.uid,
      sequence: event.sequence,
      status: said("status"),
      organizer: said("organizer"),
      attendee: said("attendee"),
      starts: event.startDate.toUnixTime(),
      ends: event.endDate.toUnixTime(),
    };
  });
};
