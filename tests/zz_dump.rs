//! scratch
mod support;
#[test]
fn dump() {
    let dir = std::env::var("DUMP").unwrap();
    let mut files = support::Files::new();
    for entry in ignore::WalkBuilder::new(&dir).hidden(false).build().flatten() {
        if entry.file_type().is_some_and(|k| k.is_file())
            && !entry.path().to_string_lossy().contains("/.git/")
        {
            let path = entry.path().strip_prefix(&dir).unwrap().to_str().unwrap().to_owned();
            if let Ok(text) = std::fs::read_to_string(entry.path()) {
                files.insert(path, text);
            }
        }
    }
    let t = std::time::Instant::now();
    let world = support::world(&files);
    eprintln!("{:?}", t.elapsed());
    let view = world.graph();
    for owner in view.owners() {
        let key = &owner.owner.key;
        let cluster = &world.graph.cluster(key.cluster).name;
        println!("[{cluster}] {} parent={:?}", owner.display(), owner.parent().map(|p| p.display()));
        for (d, unit) in owner.deliveries() {
            println!(
                "      {:?} {:?} objects={:?} failed={:?} -> {} ns={:?}",
                d.directory,
                d.status,
                unit.map(|u| u.objects.len()),
                unit.map(|u| u.failed),
                world.graph.cluster(d.cluster).name,
                d.namespace
            );
        }
    }
    for u in &world.rendering.units {
        for e in &u.events {
            let span = world.map.in_file(e.span).unwrap_or(e.span);
            println!(
                "EVENT {} {:?} {} u={} {}",
                u.directory,
                e.kind,
                support::place(&world, span),
                e.unverifiable,
                e.message
            );
        }
    }
    println!(
        "units {} of which failed {}",
        world.rendering.units.len(),
        world.rendering.units.iter().filter(|u| u.failed).count()
    );
}
