//! Charts that are made to take all time, memory or stack: each is stopped by a limit that is named.

use super::*;
use crate::source::{Source, SourceId, SourceKind, SourceMap};

fn run(template: &str) -> Result<String, Failure> {
    let file = Source::new("t", SourceKind::File, template.to_owned());
    let map = SourceMap::new(vec![file]);
    let mut set = Set::new();
    set.add(&Template::file(Dialect::Helm(HelmVersion::Four), "t", &map, SourceId(0))?);
    let root = Map::default();
    Render::new(&set, HelmVersion::Four).execute("t", &root.into()).map(|output| output.text().to_owned())
}

fn on_a_small_stack(templates: Vec<String>) {
    let check = move || {
        for template in templates {
            let start = std::time::Instant::now();
            let failure = run(&template).err();
            let kind = failure.as_ref().map(|failure| failure.kind.clone());
            assert_eq!(kind, Some(FailureKind::Limit), "{template}: {failure:?}");
            assert!(start.elapsed().as_secs() < 60, "{template}: {:?}", start.elapsed());
        }
    };
    let thread = std::thread::Builder::new().stack_size(8 << 20).spawn(check);
    assert!(thread.is_ok_and(|thread| thread.join().is_ok()));
}

#[test]
fn what_calls_itself_is_stopped() {
    let ifs = format!("{}{{{{ include \"a\" . }}}}{}", "{{ if true }}".repeat(90), "{{ end }}".repeat(90));
    let parens = format!("{{{{ {}include \"a\" .{} }}}}", "(".repeat(90), ")".repeat(90));
    on_a_small_stack(vec![
        "{{ define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}".to_owned(),
        "{{ define \"a\" }}{{ template \"a\" . }}{{ end }}{{ template \"a\" . }}".to_owned(),
        "{{ $_ := set $ \"t\" \"{{ tpl .t . }}\" }}{{ tpl .t . }}".to_owned(),
        format!("{{{{ define \"a\" }}}}{ifs}{{{{ end }}}}{{{{ include \"a\" . }}}}"),
        format!("{{{{ define \"a\" }}}}{parens}{{{{ end }}}}{{{{ include \"a\" . }}}}"),
    ]);
}

#[test]
fn what_grows_is_stopped() {
    let double = "{{ $m := dict }}{{ range until 60 }}{{ $m = dict \"a\" $m \"b\" $m }}{{ end }}";
    on_a_small_stack(vec![
        "{{ range 90000 }}{{ range 90000 }}{{ end }}{{ end }}".to_owned(),
        "{{ range 90000 }}{{ repeat 100000 \"a\" }}{{ end }}".to_owned(),
        format!("{double}{{{{ toYaml $m }}}}"),
        format!("{double}{{{{ toJson $m }}}}"),
        format!("{double}{{{{ $m }}}}"),
        "{{ $s := \"aaaaaaaaaaaaaaaa\" }}{{ range until 60 }}{{ $s = print $s $s }}{{ end }}".to_owned(),
        "{{ define \"a\" }}{{ . }}{{ . }}{{ end }}{{ $s := \"a\" }}{{ range until 60 }}{{ $s = include \"a\" $s }}{{ end }}"
            .to_owned(),
        "{{ until 1000000000 }}".to_owned(),
        "{{ randAlphaNum 1000000000 }}".to_owned(),
    ]);
}

#[test]
fn what_holds_itself_is_cut() {
    for made in [
        "toYaml $d",
        "toJson $d",
        "$d",
        "deepCopy $d",
        "merge $d $d",
        "printf \"%v\" $d",
        "toToml $d",
        "deepEqual $d $d",
    ] {
        let template = format!("{{{{ $d := dict }}}}{{{{ $_ := set $d \"a\" $d }}}}{{{{ {made} | len }}}}");
        // What it gives does not matter: Go would not end.
        let _ = run(&template);
    }
}
