//! Policies: what a question costs, and what it costs to make a value of an object: `cargo bench --bench rego`.
//!
//! Prints microseconds of one core, the best of some rounds, and how much two threads do compared with one. The machine is
//! shared: figures of one run can be compared with each other, not with those of another day.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use plimsoll::rego::{Builder, Limits, Module, Program, Value};
use plimsoll::source::{Source, SourceId, SourceKind, SourceMap};
use plimsoll::yaml::{Cursor, parse};
use rayon::prelude::*;

const ROUNDS: usize = 7;

/// A Deployment of about three kilobytes, as people write them.
fn deployment() -> String {
    let mut text = String::from(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\n  labels:\n    app.kubernetes.io/name: web\nspec:\n  replicas: 3\n  selector:\n    matchLabels:\n      app.kubernetes.io/name: web\n  template:\n    metadata:\n      labels:\n        app.kubernetes.io/name: web\n    spec:\n      containers:\n",
    );
    for name in ["web", "proxy", "metrics"] {
        let _ = write!(
            text,
            "      - name: {name}\n        image: registry.example.com/shop/{name}:1.4.2\n        ports:\n        - containerPort: 8080\n          name: http\n          protocol: TCP\n        env:\n        - name: LOG_LEVEL\n          value: info\n        - name: DB_PASSWORD\n          valueFrom:\n            secretKeyRef:\n              name: db\n              key: password\n        resources:\n          requests:\n            cpu: 100m\n            memory: 128Mi\n          limits:\n            memory: 256Mi\n        livenessProbe:\n          httpGet:\n            path: /healthz\n            port: http\n          periodSeconds: 10\n        securityContext:\n          allowPrivilegeEscalation: false\n          readOnlyRootFilesystem: true\n          capabilities:\n            drop:\n            - ALL\n        volumeMounts:\n        - name: tmp\n          mountPath: /tmp\n"
        );
    }
    text.push_str("      volumes:\n      - name: tmp\n        emptyDir: {}\n");
    text
}

const SMALL: &str = "package small\n\ndeny contains msg if {\n\tinput.kind == \"Deployment\"\n\tnot input.spec.template.spec.securityContext.runAsNonRoot\n\tmsg := sprintf(\"%s runs as root\", [input.metadata.name])\n}\n";

/// Twenty rules of one package, each about the containers of a workload.
fn twenty() -> String {
    let mut text = String::from("package twenty\n");
    for rule in 0..20 {
        let _ = write!(
            text,
            "\ndeny contains msg if {{\n\tsome c in input.spec.template.spec.containers\n\tnot c.field{rule}\n\tnot startswith(c.image, \"r{rule}/\")\n\tmsg := sprintf(\"{rule}: %s\", [c.name])\n}}\n"
        );
    }
    text
}

/// As templates of Gatekeeper are written.
const TEMPLATE: &str = "package template\n\nviolation[{\"msg\": msg}] {\n\tcontainer := input.review.object.spec.template.spec.containers[_]\n\tprovided := {name | container.securityContext.capabilities.drop[name]}\n\trequired := {name | name := input.parameters.drop[_]}\n\tmissing := required - provided\n\tcount(missing) > 0\n\tmsg := sprintf(\"container <%v> does not drop %v\", [container.name, missing])\n}\n";

fn program(name: &str, text: &str, rule: &str) -> Program {
    let module = Module::read(name, text).unwrap();
    Program::new(&[module.policy()], Value::new_object(), &[rule.to_owned()], Limits::default()).unwrap()
}

/// Microseconds of the best round of `count` calls.
fn best(count: usize, mut run: impl FnMut()) -> f64 {
    let round = |_| {
        let start = Instant::now();
        (0..count).for_each(|_| run());
        start.elapsed().as_secs_f64() * 1e6 / count as f64
    };
    (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min)
}

fn main() {
    let text = deployment();
    let map = SourceMap::new(vec![Source::new("web.yaml", SourceKind::File, text.clone())]);
    let parsed = parse(map.source(SourceId(0)), SourceId(0), plimsoll::yaml::Limits::default());
    let tree = parsed.trees().next().unwrap();
    let root = Cursor::new(&map, &tree);
    let mut builder = Builder::default();
    let conversion = best(2000, || drop(black_box(builder.value(root))));
    println!("{:34} {conversion:8.2} µs ({} bytes)", "value of a Deployment", text.len());

    let value = builder.value(root);
    let review = Value::from_json_str("{\"parameters\": {\"drop\": [\"ALL\", \"NET_RAW\"]}}").unwrap();
    let mut review = review;
    let object = Value::from_json_str("{}").unwrap();
    let mut wrapped = object;
    wrapped.as_object_mut().unwrap().insert(Value::from("object"), value.clone());
    review.as_object_mut().unwrap().insert(Value::from("review"), wrapped);
    let twenty = twenty();
    let cases = [
        ("a small deny rule", program("small.rego", SMALL, "data.small.deny"), value.clone()),
        ("twenty rules of a package", program("twenty.rego", &twenty, "data.twenty.deny"), value.clone()),
        ("a template of Gatekeeper", program("template.rego", TEMPLATE, "data.template.violation"), review),
    ];
    for (name, program, input) in &cases {
        let mut machine = program.machine();
        machine.set_input(input.clone());
        assert!(machine.ask(0).unwrap().is_some());
        let cost = best(500, || {
            machine.set_input(input.clone());
            drop(black_box(machine.ask(0)));
        });
        let way = if program.compiled() == 1 { "bytecode" } else { "interpreter" };
        println!("{name:34} {cost:8.2} µs = {:8.0} a second, {way}", 1e6 / cost);
    }

    // Fifty policies over ten thousand objects, on one thread and on two.
    let fifty: Vec<Program> = (0..50)
        .map(|index| {
            let text = SMALL.replace("package small", &format!("package small{index}"));
            program(&format!("small{index}.rego"), &text, &format!("data.small{index}.deny"))
        })
        .collect();
    let seconds = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (start, before) = (Instant::now(), processor_seconds());
        pool.install(|| {
            (0..10_000_usize).into_par_iter().with_min_len(32).for_each_init(
                || (Builder::default(), fifty.iter().map(Program::machine).collect::<Vec<_>>()),
                |(builder, machines), _| {
                    let value = builder.value(root);
                    for machine in machines {
                        machine.set_input(value.clone());
                        drop(black_box(machine.ask(0)));
                    }
                },
            );
        });
        (start.elapsed().as_secs_f64(), processor_seconds() - before)
    };
    // One beside the other, so that what else the machine does is the same for both.
    let mut least = [f64::INFINITY; 4];
    for _ in 0..ROUNDS {
        let ((one, spent), (two, together)) = (seconds(1), seconds(2));
        for (least, new) in least.iter_mut().zip([one, two, spent, together]) {
            *least = least.min(new);
        }
    }
    let [one, two, spent, together] = least;
    println!(
        "fifty policies, 10,000 objects      {one:8.2} s on one thread, {two:.2} s on two: {:.2} of ideal",
        one / two / 2.0
    );
    println!(
        "the same in processor time          {spent:8.2} s on one thread, {together:.2} s on two: {:.2} of ideal",
        spent / together
    );

    // Loading: twice as many policies, twice as long.
    for count in [50, 100, 200] {
        let modules: Vec<Module> = (0..count)
            .map(|index| {
                Module::read(&format!("{index}.rego"), &SMALL.replace("small", &format!("small{index}")))
                    .unwrap()
            })
            .collect();
        let policies: Vec<_> = modules.iter().map(Module::policy).collect();
        let rules: Vec<String> = modules.iter().map(|module| module.path("deny")).collect();
        let cost = best(1, || {
            let program = Program::new(&policies, Value::new_object(), &rules, Limits::default()).unwrap();
            assert_eq!(program.compiled(), count);
        });
        println!("{:34} {:8.2} ms", format!("compiling {count} policies"), cost / 1e3);
    }
}

/// Time of all processors that this process has had. Unlike time that passes, it does not depend on who else has them.
fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    // Linux counts in hundredths, whatever its own clock does.
    fields.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}
