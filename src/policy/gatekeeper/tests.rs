//! Templates and constraints written here, on objects written here.

#![allow(clippy::unwrap_used)]

use camino::Utf8Path;

use super::suite::{Outcome, verify};
use super::*;
use crate::finding::Level;
use crate::rego::Builder;
use crate::source::{Source, SourceId, SourceKind, SourceMap};
use crate::yaml::{self, Tree};

/// A template whose violation names what the parameters and the object say.
const OWNER: &str = "\
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: requiredowner
  annotations:
    metadata.gatekeeper.sh/title: Required owner
    description: Objects name their owner. People look for it.
spec:
  crd:
    spec:
      names: {kind: RequiredOwner}
      validation:
        openAPIV3Schema:
          type: object
          properties:
            label: {type: string, default: owner}
            teams: {type: array, items: {type: string}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package requiredowner
        import data.lib.labels

        violation[{\"msg\": msg, \"details\": {\"label\": label}}] {
          label := input.parameters.label
          owner := labels.of(input.review.object, label)
          not known(owner)
          msg := sprintf(\"%v of %v is %v\", [label, input.review.name, owner])
        }
        known(owner) { owner == input.parameters.teams[_] }
      libs:
        - |
          package lib.labels
          of(object, name) = value { value := object.metadata.labels[name] }
          of(object, name) = \"nobody\" { not object.metadata.labels[name] }
";

/// The documents of a text, with the map of its only source.
fn parsed(text: &str) -> (SourceMap, Vec<Tree>) {
    let map = SourceMap::new(vec![Source::new("policies.yaml", SourceKind::File, text.to_owned())]);
    let trees = yaml::parse(map.source(SourceId(0)), SourceId(0), yaml::Limits::default()).trees().collect();
    (map, trees)
}

fn with_library<T>(text: &str, run: impl FnOnce(&SourceMap, Gatekeeper) -> T) -> T {
    let (map, trees) = parsed(text);
    let roots: Vec<Cursor<'_>> = trees.iter().map(|tree| Cursor::new(&map, tree)).collect();
    run(&map, library::read(&roots, Limits::default()))
}

/// Messages of all violations of an object, with their levels.
fn said(gatekeeper: &Gatekeeper, object: &str, others: &str) -> Vec<String> {
    let mut builder = Builder::default();
    let mut inventory = Inventory::default();
    let (map, trees) = parsed(others);
    for tree in trees.iter().filter(|tree| Cursor::new(&map, tree).is_map()) {
        let root = Cursor::new(&map, tree);
        inventory.add(&Subject::read(root), builder.value(root));
    }
    let (map, trees) = parsed(object);
    let root = Cursor::new(&map, &trees[0]);
    let subject = Subject::read(root);
    let namespace = inventory.namespace(&subject.namespace);
    let request = Request::of_object(subject, builder.value(root), namespace);
    let mut texts = Vec::new();
    for (index, rule) in gatekeeper.rules.iter().enumerate() {
        let mut machine = gatekeeper.programs[rule.program].machine();
        machine.set_data(&inventory.data());
        for said in gatekeeper.ask(index, &mut machine, &request, &inventory) {
            let name = &gatekeeper.constraints[said.constraint].1.name;
            match said.answer {
                Ok(verdicts) => texts.extend(verdicts.into_iter().map(|verdict| {
                    format!("{name}: {} ({})", verdict.message, verdict.level.unwrap().name())
                })),
                Err(silence) => texts.push(format!("{name}: {silence:?}")),
            }
        }
    }
    texts
}

#[test]
fn constraints_are_rules_with_their_parameters() {
    let constraint = |name: &str, spec: &str| {
        format!(
            "---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: RequiredOwner\nmetadata: {{name: {name}}}\nspec: {spec}\n"
        )
    };
    let text = [
        OWNER.to_owned(),
        constraint(
            "teams",
            "{enforcementAction: warn, parameters: {teams: [red]}, match: {kinds: [{apiGroups: [apps], kinds: [Deployment]}]}}",
        ),
        constraint(
            "team",
            "{enforcementAction: dryrun, parameters: {label: team}, match: {kinds: [{apiGroups: ['*'], kinds: [Deployment, Job]}]}}",
        ),
        // The same again, as another overlay has it.
        constraint(
            "team",
            "{enforcementAction: dryrun, parameters: {label: team}, match: {kinds: [{apiGroups: ['*'], kinds: [Deployment, Job]}]}}",
        ),
    ];
    with_library(&text.concat(), |_, gatekeeper| {
        assert_eq!(gatekeeper.problems, []);
        assert_eq!((gatekeeper.programs.len(), gatekeeper.constraints.len()), (1, 2));
        let [PolicyRule { rule, target, .. }] = gatekeeper.rules.as_slice() else { panic!("one rule") };
        assert_eq!(
            (&*rule.name, rule.summary(), rule.level),
            ("required-owner", "Required owner", Level::Warning)
        );
        assert!(
            rule.docs.contains("`team`, `teams`") && rule.docs.contains("People look for it."),
            "{}",
            rule.docs
        );
        assert_eq!(*target, super::super::Target::Object(vec!["Deployment".into(), "Job".into()]));
        let object =
            |kind: &str| format!("apiVersion: {kind}\nmetadata: {{name: a, labels: {{owner: blue}}}}\n");
        let cases = [
            (
                "apps/v1\nkind: Deployment",
                vec!["teams: owner of a is blue (warning)", "team: team of a is nobody (note)"],
            ),
            ("batch/v1\nkind: Job", vec!["team: team of a is nobody (note)"]),
            ("v1\nkind: Pod", vec![]),
        ];
        for (kind, expected) in cases {
            assert_eq!(said(&gatekeeper, &object(kind), ""), expected, "{kind}");
        }
    });
}

#[test]
fn templates_look_objects_up_in_the_inventory() {
    let text = "\
apiVersion: templates.gatekeeper.sh/v1beta1
kind: ConstraintTemplate
metadata: {name: uniquehost}
spec:
  crd: {spec: {names: {kind: UniqueHost}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      code:
        - engine: K8sNativeValidation
          source: {validations: [{expression: 'false'}]}
        - engine: Rego
          source:
            version: v1
            rego: |
              package anything
              violation contains {\"msg\": msg} if {
                some namespace, name
                other := data.inventory.namespace[namespace][\"v1\"].Service[name]
                other.spec.host == input.review.object.spec.host
                msg := sprintf(\"%v is that of %v/%v; %v\", [other.spec.host, namespace, name, input.review.namespaceObject])
              }
              violation contains {\"msg\": input.review.kind.kind} if data.inventory.cluster.v1.Namespace.a.metadata.labels.is == \"up\"
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: UniqueHost
metadata: {name: unique}
spec: {match: {namespaceSelector: {matchLabels: {is: up}}}}
";
    with_library(text, |_, gatekeeper| {
        assert_eq!(gatekeeper.problems, []);
        let service = "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: a}\nspec: {host: h}\n";
        let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {is: up}}\n";
        let other = "apiVersion: v1\nkind: Service\nmetadata: {name: t, namespace: b}\nspec: {host: h}\n";
        let found = said(&gatekeeper, service, &[namespace, other].join("---\n"));
        let [kind, host] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(kind, "unique: Service (error)");
        assert!(host.starts_with("unique: h is that of b/t; {\"apiVersion\": \"v1\""), "{host}");
        // Nobody knows the labels of `a`: that is said, not guessed.
        assert_eq!(said(&gatekeeper, service, other), ["unique: Namespace(\"a\")"]);
        assert_eq!(said(&gatekeeper, service, &namespace.replace("up", "down")), Vec::<String>::new());
    });
}

#[test]
fn what_gatekeeper_refuses_is_said_where_it_is_written() {
    let template = |name: &str, rest: &str| {
        format!(
            "---\napiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: {{name: {}}}\nspec:\n  \
             crd: {{spec: {{names: {{kind: {name}}}}}}}{rest}",
            name.to_lowercase()
        )
    };
    let target = "\n  targets:\n    - target: admission.k8s.gatekeeper.sh\n";
    let text = [
        OWNER.to_owned(),
        template("Unused", &format!(" # expect: No constraint uses the template `Unused`{target}      rego: |\n        package a\n        violation[x] {{ x := {{\"msg\": \"\"}} }}\n")),
        template("Wrong", &format!("{target}      rego: |\n        package a\n        import data.lib.b as c\n        violation[x] {{ x := data.lib.b.d; y }} # expect: compile\n      libs:\n        - |\n          package lib.b\n          d := 1\n")),
        template("Far", &format!("{target}      rego: |\n        package a\n        violation[x] {{ x := data.other.y }} # expect: not `data.other.y`\n")),
        template("Silent", &format!(" # expect: has no rule `violation`{target}      rego: |\n        package a\n        deny[x] {{ x := 1 }}\n")),
        template("Cel", &format!("{target}      code:\n        - engine: K8sNativeValidation # expect: Nothing is evaluated\n          source: {{}}\n")),
        template("Asks", &format!(" # expect: external data{target}      rego: |\n        package a\n        violation[x] {{ x := external_data({{}}) }}\n")),
        template("Round", &format!("{target}      rego: |\n        package a\n        violation[x] {{ x := f(1) }}\n        f(x) = y {{ y := f(x) }} # expect: `f` leads back to itself through `f`\n")),
        template("Early", &format!("{target}      rego: | # expect: without `version: v1`\n        package a\n        violation contains x if {{ x := 1 }}\n")),
        template("Empty", " # expect: has one target, not 0\n"),
        "---\napiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata:\n  name: other # expect: must be called `some`\nspec: {crd: {spec: {names: {kind: Some}}}}\n".to_owned(),
        [
            "---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Nowhere # expect: No ConstraintTemplate defines `Nowhere`\nmetadata: {name: a}\n",
            "---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Wrong\nmetadata: {name: a}\n",
            "---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Far\nmetadata: {name: a}\n",
            "---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Silent\nmetadata: {name: a}\n",
            "---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Cel\nmetadata: {name: a}\n",
            "---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Asks\nmetadata: {name: a}\n",
            "---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Round\nmetadata: {name: a}\n",
            "---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Early\nmetadata: {name: a}\n",
            "---\napiVersion: constraints.gatekeeper.sh/v1 # expect: Gatekeeper has no\nkind: RequiredOwner\nmetadata:\n",
            "  name: A # expect: is no name\nspec:\n  enforcementAction: Deny # expect: is no enforcement action\n  match:\n",
            "    excludedNamespace: [a] # expect: `match.excludedNamespace` is no field\n    source: Some # expect: `match.source` must be one of\n",
            "  parameters:\n    label: 1 # expect: `parameters.label` must be a string\n    teams:\n      - a\n      - 2 # expect: `parameters.teams[1]` must be a string\n",
            "    team: b # expect: `parameters.team` is no field\n",
            "---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: RequiredOwner\nmetadata: {name: b}\nspec:\n  match:\n",
            "    labelSelector:\n      matchExpressions:\n        - {key: a, operator: Is} # expect: `Is` is no operator\n",
        ]
        .concat(),
    ]
    .concat();
    let expected: Vec<(u32, &str)> = text
        .lines()
        .zip(1..)
        .filter_map(|(line, number)| Some((number, line.split_once("# expect: ")?.1)))
        .collect();
    with_library(&text, |map, gatekeeper| {
        let found: Vec<(u32, &str)> = gatekeeper
            .problems
            .iter()
            .map(|it| (map.source(it.span.source).position(it.span.start).line, it.message.as_str()))
            .collect();
        let same = |((at, message), (line, part)): (&(u32, &str), &(u32, &str))| {
            at == line && message.contains(part)
        };
        assert!(
            found.len() == expected.len() && found.iter().zip(&expected).all(same),
            "found: {found:#?}\nexpected: {expected:#?}"
        );
    });
}

#[test]
fn criteria_are_those_of_gatekeeper() {
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: web-1, namespace: prod-a, labels: {app: web}}}";
    let role = "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: web}}";
    let space = "{apiVersion: v1, kind: Namespace, metadata: {name: prod-a, labels: {env: prod}}}";
    let made = "{apiVersion: v1, kind: Pod, metadata: {generateName: web-, namespace: a}}";
    // The criteria; then the pod, the cluster role, the namespace and the pod without a name.
    let cases = [
        ("{}", "yyyy"),
        ("{kinds: []}", "yyyy"),
        ("{kinds: [{kinds: [Pod]}]}", "ynny"),
        ("{kinds: [{apiGroups: [apps], kinds: [Pod]}]}", "nnnn"),
        ("{kinds: [{apiGroups: [''], kinds: ['*']}]}", "ynyy"),
        (
            "{kinds: [{apiGroups: ['*'], kinds: [Job]}, {apiGroups: [rbac.authorization.k8s.io], kinds: []}]}",
            "nynn",
        ),
        ("{scope: Cluster}", "nyyn"),
        ("{scope: Namespaced}", "ynny"),
        ("{scope: '*'}", "yyyy"),
        ("{scope: cluster}", "yyyy"),
        ("{namespaces: [prod-a]}", "yyyn"),
        ("{namespaces: ['prod-*']}", "yyyn"),
        ("{namespaces: ['*-a']}", "yyyn"),
        ("{namespaces: ['*rod*', a]}", "yyyy"),
        ("{namespaces: ['p*a']}", "nynn"),
        ("{excludedNamespaces: ['prod-*']}", "nyny"),
        ("{excludedNamespaces: [other]}", "yyyy"),
        ("{labelSelector: {matchLabels: {app: web}}}", "ynnn"),
        ("{labelSelector: {}}", "yyyy"),
        ("{labelSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}}", "nyyy"),
        ("{labelSelector: {matchExpressions: [{key: app, operator: In, values: [api, web]}]}}", "ynnn"),
        ("{labelSelector: {matchExpressions: [{key: app, operator: Exists}]}}", "ynnn"),
        ("{labelSelector: {matchExpressions: [{key: app, operator: DoesNotExist}]}}", "nyyy"),
        ("{namespaceSelector: {matchLabels: {env: prod}}}", "yyy?"),
        ("{namespaceSelector: {matchLabels: {env: test}}}", "nyn?"),
        ("{name: web-1}", "ynnn"),
        ("{name: 'web*'}", "yyny"),
        ("{name: '*eb'}", "nynn"),
        ("{source: Generated}", "nnnn"),
        ("{source: Original}", "yyyy"),
    ];
    for (criteria, expected) in cases {
        let (map, trees) = parsed(criteria);
        let criteria = Match::read(Cursor::new(&map, &trees[0])).map_err(|(_, message)| message).unwrap();
        let mut matched = String::new();
        for object in [pod, role, space, made] {
            let (map, trees) = parsed(object);
            let object = Subject::read(Cursor::new(&map, &trees[0]));
            let labels = Labels::from([("env".to_owned(), "prod".to_owned())]);
            matched.push(
                match criteria.matches(&object, Some(&labels).filter(|_| object.namespace == "prod-a")) {
                    Matched::Yes => 'y',
                    Matched::No => 'n',
                    Matched::Unknown => '?',
                },
            );
        }
        assert_eq!(matched, expected, "{criteria:?}");
    }
}

#[test]
fn namespaces_that_gatekeeper_leaves_alone() {
    let constraint = "---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: RequiredOwner\nmetadata: {name: a}\nspec: {parameters: {}}\n";
    let config = "---\napiVersion: config.gatekeeper.sh/v1alpha1\nkind: Config\nmetadata: {name: config}\nspec:\n  match:\n    \
        - {excludedNamespaces: ['kube-*'], processes: ['*']}\n    \
        - {excludedNamespaces: [both, one], processes: [audit]}\n    - {excludedNamespaces: [both], processes: [webhook]}\n";
    let other = config.replace("kube-*", "*");
    for (configs, of_namespaces) in
        [(vec![], [1, 1, 1, 1]), (vec![config], [0, 0, 1, 1]), (vec![config, &other], [0, 0, 1, 1])]
    {
        let text = [OWNER, constraint, &configs.concat()].concat();
        with_library(&text, |_, gatekeeper| {
            for (namespace, count) in ["kube-system", "both", "one", "default"].into_iter().zip(of_namespaces)
            {
                let pod =
                    format!("{{apiVersion: v1, kind: Pod, metadata: {{name: a, namespace: {namespace}}}}}");
                assert_eq!(
                    said(&gatekeeper, &pod, "").len(),
                    count,
                    "{namespace} with {} Configs",
                    configs.len()
                );
            }
        });
    }
}

#[test]
fn scoped_actions_have_their_points() {
    let text = [
        OWNER,
        "---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: RequiredOwner\nmetadata: {name: a}\nspec:\n  enforcementAction: scoped\n",
        "  scopedEnforcementActions:\n    - {action: warn, enforcementPoints: [{name: audit.gatekeeper.sh}]}\n",
        "    - {action: deny, enforcementPoints: [{name: validation.gatekeeper.sh}]}\n",
    ];
    with_library(&text.concat(), |_, gatekeeper| {
        let enforcement = &gatekeeper.constraints[0].1.enforcement;
        assert_eq!(enforcement.level(), Level::Error);
        assert_eq!(enforcement.level_at("audit.gatekeeper.sh"), Some(Level::Warning));
        assert_eq!(enforcement.level_at("gator.gatekeeper.sh"), None);
    });
}

#[test]
fn suites_run_as_gator_runs_them() {
    let suite = "\
kind: Suite
apiVersion: test.gatekeeper.sh/v1alpha1
tests:
- name: owner
  template: template.yaml
  constraint: ../constraint.yaml
  cases:
  - {name: number, object: pod.yaml, assertions: [{violations: 1}]}
  - {name: default, object: pod.yaml, assertions: [{}]}
  - {name: message, object: pod.yaml, assertions: [{violations: yes, message: '^owner of .* is nobody$'}, {violations: 0, message: nothing}]}
  - {name: too many, object: pod.yaml, assertions: [{violations: no}]} # expect: 1 violations instead of none: owner of
  - {name: other, object: pod.yaml, assertions: [{violations: 1, message: team}]} # expect: 0 violations like `team` instead of 1
  - {name: none, object: pod.yaml} # expect: no assertions
  - {name: gone, object: gone.yaml, assertions: [{violations: no}]} # expect: `p/gone.yaml` cannot be read
  - {name: left out, object: gone.yaml, skip: true}
  - {name: delete, object: delete.yaml, assertions: [{violations: 1, message: of gone is}]}
  - {name: empty review, object: review.yaml, assertions: [{violations: no}]} # expect: has no `request`
- name: invalid
  template: template.yaml
  constraint: invalid.yaml
  invalid: true
- name: valid # expect: should not be
  template: template.yaml
  constraint: ../constraint.yaml
  invalid: true
- name: expansion
  template: template.yaml
  constraint: ../constraint.yaml
  expansion: expansion.yaml
";
    let constraint = "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: RequiredOwner\nmetadata: {name: a}\nspec: {parameters: {label: owner}}\n";
    let invalid = constraint.replace("label: owner", "label: [owner]");
    let delete = "apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\nrequest:\n  operation: DELETE\n  name: gone\n  \
                  oldObject: {apiVersion: v1, kind: Pod, metadata: {name: gone}}\n";
    let files = [
        ("p/template.yaml", OWNER),
        ("constraint.yaml", constraint),
        ("p/invalid.yaml", &invalid),
        ("p/pod.yaml", "# only one\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: web}\n"),
        ("p/delete.yaml", delete),
        ("p/review.yaml", "apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\n"),
    ];
    let text_of =
        |path: &Utf8Path| files.iter().find(|(name, _)| path == *name).map(|(_, text)| (*text).to_owned());
    let result = verify(Utf8Path::new("p/suite.yaml"), suite, &text_of, Limits::default()).unwrap();
    let tests = result.tests.iter().map(|test| (test.line, &test.outcome));
    let cases = result.tests.iter().flat_map(|test| &test.cases).map(|case| (case.line, &case.outcome));
    let failed: std::collections::BTreeMap<u32, &str> = tests
        .chain(cases)
        .filter_map(|(line, outcome)| match outcome {
            Outcome::Failed(message) => Some((line, message.as_str())),
            _ => None,
        })
        .collect();
    for (line, number) in suite.lines().zip(1..) {
        let found = failed.get(&number).copied().unwrap_or_default();
        let expected = line.split_once("# expect: ").map_or("", |(_, expected)| expected);
        assert!(found.contains(expected) && found.is_empty() == expected.is_empty(), "{line}\n{found:?}");
    }
    assert_eq!(result.tests[0].cases[7].outcome, Outcome::Skipped);
    assert!(matches!(result.tests[3].outcome, Outcome::Unsupported(_)));
    assert!(verify(Utf8Path::new("a.yaml"), "kind: Suite\n", &text_of, Limits::default()).is_err());
}
