//! Scripts and what they run. A command is shown as its flags, its words and its redirections; words that are not known
//! are shown as they are written.

use crate::source::{Source, SourceId, SourceKind, SourceMap, Span};

use super::{Command, Expressions, ProblemKind, RedirectionKind, Script, Variables, parse};

fn read(text: &str, expressions: Expressions) -> (SourceMap, Script) {
    let map = SourceMap::new(vec![Source::new("run.sh", SourceKind::File, text.to_owned())]);
    let span = Span::new(SourceId(0), 0, text.len() as u32);
    let script = parse(&map, span, expressions, &mut Variables::default());
    (map, script)
}

fn shown(command: &Command) -> String {
    let mut shown = String::new();
    let context = command.context;
    let flags = [
        (context.branch, "branch"),
        (context.chained, "chained"),
        (context.tested, "tested"),
        (context.looped, "looped"),
        (context.function, "function"),
        (context.substituted, "inside"),
    ];
    for (_, name) in flags.iter().filter(|(set, _)| *set) {
        shown += &format!("{name} ");
    }
    if let Some(stage) = command.stage {
        shown += &format!("{}.{} ", stage.pipeline, stage.index);
    }
    for wrapper in &command.wrappers {
        shown += &format!("({wrapper}) ");
    }
    for assignment in &command.assignments {
        let value = assignment.value.as_ref().map_or_else(|| "?".to_owned(), |value| value.shown());
        shown += &format!("{}={value} ", assignment.name);
    }
    let is_alone = command.words.is_empty() && command.redirections.is_empty();
    let words: Vec<String> = command
        .words
        .iter()
        .map(|word| word.text().map_or_else(|| format!("«{}»", word.shown()), std::borrow::Cow::into_owned))
        .collect();
    shown += &words.join(" ");
    for redirection in &command.redirections {
        let sign = match redirection.kind {
            RedirectionKind::Read => "<",
            RedirectionKind::Write => ">",
            RedirectionKind::Duplicate => ">&",
            RedirectionKind::HereDocument => "<<",
            RedirectionKind::HereString => "<<<",
        };
        let target = redirection.target.as_ref().map(|target| target.shown()).unwrap_or_default();
        shown += &format!(" {sign}{}", target.escape_debug());
    }
    if is_alone { shown.trim_end().to_owned() } else { shown }
}

#[track_caller]
fn assert_runs(text: &str, expected: &[&str]) {
    assert_runs_with(text, Expressions::DOLLAR_BRACES, expected);
}

#[track_caller]
fn assert_runs_with(text: &str, expressions: Expressions, expected: &[&str]) {
    let (_, script) = read(text, expressions);
    let found: Vec<String> = script.commands.iter().map(shown).collect();
    assert_eq!(found, expected, "{text}\n{:?}", script.problems);
}

#[test]
fn words_and_quotes() {
    assert_runs("kubectl apply -f k8s/", &["kubectl apply -f k8s/"]);
    assert_runs(r#"a 'b c' "d \"e\"" f\ g $'h\ni' "" """#, &["a b c d \"e\" f g h\ni  "]);
    assert_runs("a\\\nb c \\\n  -d", &["ab c -d"]);
    assert_runs("a \"b\\\nc\"", &["a bc"]);
    assert_runs("'kube'\"ctl\" apply", &["kubectl apply"]);
    assert_runs("a # comment\nb", &["a", "b"]);
    assert_runs("a; b & c", &["a", "b", "c"]);
    assert_runs("/usr/local/bin/kubectl get", &["/usr/local/bin/kubectl get"]);
}

#[test]
fn expressions_are_opaque_words() {
    assert_runs("kubectl apply -f ${{ inputs.dir }}/x", &["kubectl apply -f «${{ inputs.dir }}/x»"]);
    assert_runs(
        "echo \"${{ secrets.KUBECONFIG }}\" > kubeconfig",
        &["echo «${{ secrets.KUBECONFIG }}» >kubeconfig"],
    );
    assert_runs("${{ inputs.command }} apply", &["«${{ inputs.command }}» apply"]);
    assert_runs("a ${{ format('{0} && b', x) }}; c", &["a «${{ format('{0} && b', x) }}»", "c"]);
    assert_runs("if ${{ inputs.a == 'b' }}; then c; fi", &["tested «${{ inputs.a == 'b' }}»", "branch c"]);
    assert_runs_with("a {{inputs.parameters.x}}", Expressions::BRACES, &["a «{{inputs.parameters.x}}»"]);
    assert_runs_with("a << parameters.x >> b", Expressions::ANGLES, &["a «<< parameters.x >>» b"]);
    assert_runs_with("a <<EOF\n>>\nEOF", Expressions::ANGLES, &["a <<>>\\n"]);
    assert_runs_with("a $(params.x) $(b c)", Expressions::MACRO, &["a «$(params.x)» «$(b c)»", "inside b c"]);
    assert_runs_with("a $[[ inputs.x ]]", Expressions::BRACKETS, &["a «$[[ inputs.x ]]»"]);
}

#[test]
fn lists_pipelines_and_conditions() {
    assert_runs("a && b || c", &["a", "chained b", "chained c"]);
    assert_runs("a | b | c; d | e", &["0.0 a", "0.1 b", "0.2 c", "1.0 d", "1.1 e"]);
    assert_runs("a && b | c", &["a", "chained 0.0 b", "chained 0.1 c"]);
    assert_runs("(cd x; a) | b", &["0.0 cd x", "0.0 a", "0.1 b"]);
    assert_runs(
        "if a; then b; elif c; then d; else e; fi",
        &["tested a", "branch b", "branch tested c", "branch d", "branch e"],
    );
    assert_runs("while a; do b; done", &["tested a", "looped b"]);
    assert_runs("for x in 1 2; do b $x; done", &["looped b «x»"]);
    assert_runs("case $x in a) b;; *) c;; esac", &["branch b", "branch c"]);
    assert_runs("f() { a; }\nf", &["function a", "f"]);
    assert_runs("! a", &["a"]);
    assert_runs("[[ -n $X ]] && a", &["chained a"]);
    assert_runs("a $(b | c) <(d)", &["a «$(b | c)» «<(d)»", "inside 0.0 b", "inside 0.1 c", "inside d"]);
    assert_runs("x=`a`", &["x=`a`", "inside a"]);
}

#[test]
fn variables() {
    assert_runs("KUBECTL=kubectl; $KUBECTL apply", &["KUBECTL=kubectl", "kubectl apply"]);
    assert_runs("K='kubectl -n x'\n$K get", &["K=kubectl -n x", "kubectl -n x get"]);
    assert_runs("K='a b'\nc \"$K\"", &["K=a b", "c a b"]);
    assert_runs("${KUBECTL:-kubectl} apply", &["kubectl apply"]);
    assert_runs("export A=b; $A", &["A=b export", "b"]);
    assert_runs("A=a\nif x; then A=b; fi\n$A", &["A=a", "tested x", "branch A=b", "«A»"]);
    assert_runs("A=$(x); $A", &["A=$(x)", "inside x", "«A»"]);
    assert_runs("A=1 a", &["A=1 a"]);
    assert_runs("T=${GITHUB_SHA::8} && a x:$T ${T}", &["T=${GITHUB_SHA::8}", "chained a «x:T» «T»"]);
}

#[test]
fn here_documents() {
    assert_runs("kubectl apply -f - <<EOF\na: $X\nEOF\n", &["kubectl apply -f - <<a: X\\n"]);
    assert_runs("cat <<'EOF' | kubectl apply -f -\na\nEOF", &["0.0 cat <<a\\n", "0.1 kubectl apply -f -"]);
    assert_runs(
        "cat <<EOF | a && b\nx\nEOF\nc | d",
        &["0.0 cat <<x\\n", "0.1 a", "chained b", "1.0 c", "1.1 d"],
    );
    assert_runs("a <<EOF || b\n$(c)\nEOF", &["a <<$(c)\\n", "inside c", "chained b"]);
    assert_runs("cat > f <<-EOF\n\tx\n\tEOF\nb", &["cat >f <<x\\n\\t", "b"]);
    assert_runs("a <<< \"x y\" 2>&1", &["a <<<x y >&1"]);
}

#[test]
fn wrappers() {
    assert_runs("sudo -u root kubectl x", &["(sudo) kubectl x"]);
    assert_runs("sudo -E env A=b nohup c", &["(sudo) (env) (nohup) A=b c"]);
    assert_runs("time timeout -k 5 60s kubectl x", &["(time) (timeout) kubectl x"]);
    assert_runs("a | xargs -n 1 -I{} kubectl delete {}", &["0.0 a", "0.1 (xargs) kubectl delete {}"]);
    assert_runs("command -v kubectl", &["command -v kubectl"]);
    assert_runs("find . -exec kubectl apply -f {} \\;", &["(find) kubectl apply -f {} ;"]);
    assert_runs("aws-vault exec prod -- kubectl x", &["(aws-vault) kubectl x"]);
    assert_runs("bash -c 'a && b \"$C\"'", &["bash -c a && b \"$C\"", "a", "chained b «C»"]);
    assert_runs(
        "sudo sh -ec \"kubectl apply -f $F\"",
        &["(sudo) sh -ec «kubectl apply -f F»", "kubectl apply -f _"],
    );
    assert_runs("eval \"a | b\"", &["eval a | b", "0.0 a", "0.1 b"]);
    assert_runs("eval kubectl apply", &["eval kubectl apply", "kubectl apply"]);
    assert_runs("bash <<EOF\na\nEOF", &["bash <<a\\n", "a"]);
    assert_runs("bash -c \"bash -c 'a'\"", &["bash -c bash -c 'a'", "bash -c a", "a"]);
    assert_runs("bash script.sh -c x", &["bash script.sh -c x"]);
    assert_runs("retry 3 kubectl x", &["(retry) kubectl x"]);
    assert_runs("retry -t 3 --delay 5 -- kubectl x", &["(retry) kubectl x"]);
    assert_runs("retry 'kubectl x | y'", &["retry kubectl x | y", "0.0 kubectl x", "0.1 y"]);
    assert_runs("watch -n 2 kubectl get x", &["(watch) kubectl get x"]);
    assert_runs("watch 'a | b'", &["watch a | b", "0.0 a", "0.1 b"]);
    assert_runs("flock -w 5 /tmp/lock a b", &["(flock) a b"]);
    assert_runs(
        "nix-shell -p kubectl --run 'a && b'",
        &["nix-shell -p kubectl --run a && b", "a", "chained b"],
    );
    assert_runs("nix develop .#ci -c kubectl x", &["(nix) kubectl x"]);
    assert_runs("nix develop --command bash -c 'a b'", &["(nix) bash -c a b", "a b"]);
    assert_runs("nix run nixpkgs#kubectl -- x", &["nix run nixpkgs#kubectl -- x"]);
}

/// What runs on another machine or in a container comes behind the command that says so.
#[test]
fn elsewhere() {
    assert_runs("ssh -i key u@h 'a && b'", &["ssh -i key u@h a && b", "a", "chained b"]);
    assert_runs("ssh -p 22 h -t sudo a b", &["ssh -p 22 h -t sudo a b", "(sudo) a b"]);
    assert_runs("ssh h <<EOF\na b\nEOF", &["ssh h <<a b\\n", "a b"]);
    assert_runs("ssh h bash <<EOF\na b\nEOF", &["ssh h bash <<a b\\n", "a b"]);
    assert_runs("ssh h cat <<EOF\na b\nEOF", &["ssh h cat <<a b\\n", "cat"]);
    assert_runs("ssh -T git@example.com", &["ssh -T git@example.com"]);
    assert_runs(
        "docker run --rm -v $PWD:/w -w /w img a b",
        &["docker run --rm -v «PWD:/w» -w /w img a b", "(docker) a b"],
    );
    assert_runs("docker run --rm img", &["docker run --rm img"]);
    assert_runs("docker run img sh -c 'a b'", &["docker run img sh -c a b", "(docker) sh -c a b", "a b"]);
    assert_runs(
        "docker run bitnami/kubectl:1.30 x",
        &["docker run bitnami/kubectl:1.30 x", "(docker) kubectl x"],
    );
    assert_runs("docker run x/kubectl kubectl x", &["docker run x/kubectl kubectl x", "(docker) kubectl x"]);
    assert_runs(
        "docker run --entrypoint helm img x",
        &["docker run --entrypoint helm img x", "(docker) helm x"],
    );
    assert_runs(
        "docker run --entrypoint=helm img x",
        &["docker run --entrypoint=helm img x", "(docker) helm x"],
    );
    assert_runs("docker exec -it c a b", &["docker exec -it c a b", "(docker) a b"]);
    assert_runs("docker compose -f x exec -T c a b", &["docker compose -f x exec -T c a b", "(docker) a b"]);
    assert_runs(
        "sudo docker-compose run --rm c a",
        &["(sudo) docker-compose run --rm c a", "(sudo) (docker-compose) a"],
    );
    assert_runs("docker push a b", &["docker push a b"]);
    assert_runs("docker build --run a", &["docker build --run a"]);
    let deep = "docker run i ".repeat(20) + "a";
    let (_, script) = read(&deep, Expressions::NONE);
    assert_eq!(script.commands.len(), 5);
}

/// The bytes of a word are those that a person wrote.
#[test]
fn spans_are_those_of_the_file() {
    let cases: &[(&str, &[&str])] = &[
        ("a 'b c' \"$D\" é$(f) \\\n g", &["a", "'b c'", "\"$D\"", "é$(f)", "g", "f"]),
        ("x ${{ a }}-b", &["x", "${{ a }}-b"]),
        ("bash -c 'kubectl \"apply\"'", &["bash", "-c", "'kubectl \"apply\"'", "kubectl", "\"apply\""]),
        (
            "bash -c \"k \\\"a b\\\" 'c'\"",
            &["bash", "-c", "\"k \\\"a b\\\" 'c'\"", "k", "\\\"a b\\\"", "'c'"],
        ),
        ("kubectl apply -f - <<EOF\nEOF", &["kubectl", "apply", "-f", "-"]),
        ("bash <<EOF\nab cd\nEOF", &["bash", "ab", "cd"]),
        ("K=\"a b\"; $K c", &["$K", "$K", "c"]),
        ("ssh h a 'b  c'", &["ssh", "h", "a", "'b  c'", "a", "b", "c"]),
        ("docker run x/helm:3 a", &["docker", "run", "x/helm:3", "a", "x/helm:3", "a"]),
    ];
    for (text, expected) in cases {
        let (map, script) = read(text, Expressions::DOLLAR_BRACES);
        let words = script.commands.iter().flat_map(|command| &command.words);
        let found: Vec<&str> = words.map(|word| map.slice(word.span)).collect();
        assert_eq!(&found, expected, "{text}");
    }
}

/// What cannot be read is said, and what stands around it is there.
#[test]
fn problems() {
    let (_, script) = read("a\necho 'b\nkubectl", Expressions::NONE);
    assert_eq!(script.problems.first().map(|problem| problem.kind), Some(ProblemKind::Syntax));
    assert_eq!(script.commands.first().map(shown).as_deref(), Some("a"));
    let (_, script) = read(&"a ".repeat(400_000), Expressions::NONE);
    assert_eq!(script.problems.first().map(|problem| problem.kind), Some(ProblemKind::TooLarge));
    let (_, script) = read(&"a | ".repeat(3_000), Expressions::NONE);
    assert_eq!(script.problems.first().map(|problem| problem.kind), Some(ProblemKind::TooHard));
    let (_, script) = read(&format!("{}a{}", "( ".repeat(1000), " )".repeat(1000)), Expressions::NONE);
    assert_eq!(script.problems.first().map(|problem| problem.kind), Some(ProblemKind::TooDeep));
}

/// Made-up text ends, without a panic and without an overflow of the stack of a small thread.
#[test]
fn hostile_text() {
    let pieces = [
        "( ",
        "((",
        "{ ",
        "if a; then ",
        "$(",
        "\"$(",
        "`",
        "${a:-",
        "[[ ",
        "$((1+",
        "case x in ",
        "<<A ",
        "<<A\n",
        "f() { ",
        "a && ",
        "a | ",
        "'",
        "\"",
        "\\",
        "\0",
        "é",
        "fi done ",
        ") ",
        "${{ ",
        "}} ",
        "{{",
        "bash -c '",
        "eval \"",
        "sudo ",
        "$'\\",
        "<(",
        "! ",
        "&& ",
        "; ",
        "\n",
        "A=",
        "A=(",
        "$",
        "#",
        "=",
        "xargs ",
    ];
    let expressions =
        [Expressions::NONE, Expressions::DOLLAR_BRACES.with(Expressions::MACRO).with(Expressions::ANGLES)];
    let run = move || {
        for (index, piece) in pieces.iter().enumerate() {
            for expressions in expressions {
                read(&piece.repeat(500), expressions);
                let other = pieces[(index * 7 + 3) % pieces.len()];
                read(&format!("{piece}{other}").repeat(200), expressions);
                read(&format!("{}x{}", piece.repeat(50), other.repeat(50)), expressions);
            }
        }
    };
    let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(run);
    assert!(thread.is_ok_and(|thread| thread.join().is_ok()));
}
