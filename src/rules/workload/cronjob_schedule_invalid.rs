//! `cronjob-schedule-invalid`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

rule! {
    /// A schedule that the API server does not understand.
    ///
    /// ## Why
    ///
    /// A CronJob with such a schedule is refused. So is one with a `timeZone` that is not in the IANA database.
    ///
    /// ## What passes
    ///
    /// - schedules that a template fills in
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: CronJob
    /// metadata:
    ///   name: report
    /// spec:
    ///   schedule: "0 25 * * *"
    ///   jobTemplate: {}
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: CronJob
    /// metadata:
    ///   name: report
    /// spec:
    ///   schedule: "*/15 0-6,22 1,15 JAN-jun Mon-Fri"
    ///   timeZone: Europe/Berlin
    ///   jobTemplate: {}
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax>
    pub static RULE = "cronjob-schedule-invalid" {
        level: Error,
        precision: High,
        tags: ["workload", "validity"],
        aliases: [],
        checks: [Check::Object(&[CRON_JOB], check)],
    }
}

const CRON_JOB: KindName = KindName { group: "batch", kind: "CronJob" };

fn check(job: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let field = |name| {
        let value = job.root.path(&["spec", name])?;
        Some((value, value.text().filter(|text| !text.contains(['$', '{', '<']))?))
    };
    if let Some((value, text)) = field("schedule")
        && let Err(problem) = parse(&text)
    {
        let report = Report {
            message: format!("the schedule `{text}` is invalid: {problem}"),
            why: "the API server refuses the object".into(),
            help: "write minute, hour, day of the month, month and day of the week, such as `0 4 * * 1-5`"
                .into(),
        };
        cx.report(value, report);
    }
    if let Some((value, text)) = field("timeZone")
        && (text.is_empty() || text.eq_ignore_ascii_case("local") || text.contains([' ', ':', '.']))
    {
        let report = Report {
            message: format!("`{text}` is no time zone"),
            why: "the API server refuses the object".into(),
            help: "use a name of the IANA database, such as `Europe/Berlin` or `Etc/UTC`".into(),
        };
        cx.report(value, report);
    }
}

/// A field: what it is called, its bounds, and names for its values from the first on.
type Field = (&'static str, u32, u32, &'static [&'static str]);

const FIELDS: [Field; 5] = [
    ("minute", 0, 59, &[]),
    ("hour", 0, 23, &[]),
    ("day of the month", 1, 31, &[]),
    ("month", 1, 12, &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    ("day of the week", 0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];

/// Reads a schedule as `robfig/cron` does, which Kubernetes uses.
fn parse(text: &str) -> Result<(), String> {
    // The API server looks for the letters wherever they stand.
    if text.contains("TZ") {
        return Err("a time zone belongs into `timeZone`".to_owned());
    }
    if let Some(name) = text.strip_prefix('@') {
        let known = ["yearly", "annually", "monthly", "weekly", "daily", "midnight", "hourly"];
        let is_every =
            name.strip_prefix("every ").is_some_and(|span| span.starts_with(|c: char| c.is_ascii_digit()));
        let is_known = known.contains(&name) || is_every;
        return if is_known { Ok(()) } else { Err(format!("there is no `@{name}`")) };
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.len() != FIELDS.len() {
        return Err(format!("it has {} fields and not 5", words.len()));
    }
    words
        .iter()
        .zip(FIELDS)
        .try_for_each(|(word, field)| word.split(',').try_for_each(|part| range(part, field)))
}

/// One part of a list: `*`, `*/5`, `3`, `1-5`, `1-30/2`, `mon-fri`.
fn range(part: &str, (what, least, most, names): Field) -> Result<(), String> {
    let wrong = || format!("`{part}` is no {what} from {least} to {most}");
    let (values, step) = part.split_once('/').map_or((part, None), |(values, step)| (values, Some(step)));
    if step
        .is_some_and(|step| step.parse::<u32>().is_ok_and(|step| step == 0) || step.parse::<u32>().is_err())
    {
        return Err(wrong());
    }
    if matches!(values, "*" | "?") {
        return Ok(());
    }
    let read = |value: &str| {
        let named = names.iter().position(|name| name.eq_ignore_ascii_case(value));
        named.map(|at| at as u32 + least).or_else(|| value.parse::<u32>().ok())
    };
    let (from, to) = values.split_once('-').unwrap_or((values, values));
    match (read(from), read(to)) {
        (Some(from), Some(to)) if least <= from && from <= to && to <= most => Ok(()),
        _ => Err(wrong()),
    }
}
