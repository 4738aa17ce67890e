//! What one worker asks with.
//!
//! Threads that count references to the same text wait for each other, so machines share nothing: not the program, not the
//! data. What a machine leaves behind the next one takes, since making it costs more than most answers.

use std::sync::{Arc, Mutex, PoisonError};

use regorus::rvm::RegoVM;
use regorus::rvm::program::Program as Bytecode;
use regorus::{Engine, Value};

use super::own;
use super::program::{Answer, Program, Stop, Way, guarded, timer};

/// What runs bytecode.
struct Runners {
    /// One copy for all pieces.
    data: Value,
    /// For each piece, made when it is asked.
    pieces: Vec<Option<Runner>>,
}

struct Runner {
    program: Arc<Bytecode>,
    vm: Option<Box<RegoVM>>,
}

impl Runners {
    fn of(program: &Program) -> Self {
        let pieces = program.bytecode.iter().map(|_| None).collect();
        Self { data: own::copied(&program.data), pieces }
    }

    fn vms(&mut self) -> impl Iterator<Item = &mut Option<Box<RegoVM>>> {
        self.pieces.iter_mut().flatten().map(|runner| &mut runner.vm)
    }
}

/// What interprets.
pub(super) struct Desk {
    /// As it was made.
    engine: Box<Engine>,
    /// The one that is asked.
    used: Option<Box<Engine>>,
}

impl Desk {
    pub fn of(engine: Engine) -> Self {
        Self { engine: Box::new(engine), used: None }
    }
}

/// What nobody asks with now.
#[derive(Default)]
pub(super) struct Idle {
    runners: Mutex<Vec<Runners>>,
    desks: Mutex<Vec<Desk>>,
}

impl Idle {
    pub fn engine(&self, desk: Desk) {
        self.desks.lock().unwrap_or_else(PoisonError::into_inner).push(desk);
    }

    fn desk(&self) -> Option<Desk> {
        self.desks.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn leave(&self, runners: Runners) {
        self.runners.lock().unwrap_or_else(PoisonError::into_inner).push(runners);
    }

    fn runners(&self) -> Option<Runners> {
        self.runners.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

/// Values of an answer: what is made of the same parts again and again is small here, and endless when it is written.
const VALUES: usize = 1_000_000;

/// Texts in an answer, in bytes.
const BYTES: usize = 16 << 20;

/// An answer that can be written.
fn bounded(answer: Value) -> Result<Value, Stop> {
    let (mut values, mut bytes, mut open) = (0_usize, 0_usize, vec![&answer]);
    while let Some(value) = open.pop() {
        values += 1;
        match value {
            Value::String(text) => bytes += text.len(),
            Value::Array(items) => open.extend(items.iter()),
            Value::Set(items) => open.extend(items.iter()),
            Value::Object(fields) => open.extend(fields.iter().flat_map(|(key, value)| [key, value])),
            _ => (),
        }
        if values + open.len() > VALUES || bytes > BYTES {
            let message = "the answer has more than a million values, or more than 16 MiB of text";
            return Err(Stop::Limit(message.to_owned()));
        }
    }
    Ok(answer)
}

/// What one worker asks with.
pub struct Machine<'p> {
    program: &'p Program,
    runners: Option<Runners>,
    desk: Option<Desk>,
    /// Data in place of the program's.
    data: Option<Value>,
    input: Value,
    watched: bool,
    /// What engines printed and ran that are gone.
    kept: (Vec<String>, Vec<Lines>),
}

impl<'p> Machine<'p> {
    pub(super) fn new(program: &'p Program, watched: bool) -> Self {
        let (input, kept) = (Value::Undefined, (Vec::new(), Vec::new()));
        Self { program, runners: None, desk: None, data: None, input, watched, kept }
    }

    /// Puts documents beside those of the program's data, for the next questions; one of the same name takes the place of
    /// the program's.
    pub fn set_data(&mut self, documents: &Value) {
        // Both are made anew: regorus has no way back when only a part of the data is taken.
        self.forget();
        let mut all = self.program.data.clone();
        if let (Ok(data), Ok(documents)) = (all.as_object_mut(), documents.as_object()) {
            for (name, document) in documents.iter() {
                data.insert(name.clone(), document.clone());
            }
        }
        self.data = Some(all);
    }

    /// What the next questions are about.
    pub fn set_input(&mut self, input: Value) {
        for vm in self.runners.iter_mut().flat_map(Runners::vms).flatten() {
            vm.set_input(input.clone());
        }
        if let Some(engine) = self.desk.as_mut().and_then(|desk| desk.used.as_mut()) {
            engine.set_input(input.clone());
        }
        self.input = input;
    }

    /// Asks a rule, an index into those of the program.
    pub fn ask(&mut self, rule: usize) -> Answer {
        let Some((path, way)) = self.program.rules.get(rule) else { return Ok(None) };
        let answer = match way {
            Way::Bytecode(piece, entry) if self.watched => match self.interpret(path) {
                // What regorus interprets wrongly, its bytecode may do.
                Err(Stop::Error(_)) => self.run(*piece, *entry),
                answer => answer,
            },
            Way::Bytecode(piece, entry) => self.run(*piece, *entry),
            Way::Nowhere => Ok(Value::Undefined),
            Way::Interpreter => self.interpret(path),
        };
        let answer = answer.and_then(bounded);
        if answer.is_err() {
            if self.watched {
                let ran = self.reported();
                self.kept.1.extend(ran);
                self.kept.0 = self.prints();
            }
            // Nobody knows what state it is in.
            self.forget();
        }
        answer.map(|value| Some(value).filter(|value| *value != Value::Undefined))
    }

    fn forget(&mut self) {
        self.runners.iter_mut().flat_map(Runners::vms).for_each(|vm| *vm = None);
        self.desk.iter_mut().for_each(|desk| desk.used = None);
    }

    fn run(&mut self, piece: usize, entry: usize) -> Result<Value, Stop> {
        let Self { program, input, data, runners, .. } = self;
        guarded(|| {
            let runners = runners.get_or_insert_with(|| {
                let mut runners = program.idle.runners().unwrap_or_else(|| Runners::of(program));
                for vm in runners.vms() {
                    // Those that were made have the program's data.
                    *vm = vm.take().filter(|_| data.is_none());
                    vm.iter_mut().for_each(|vm| vm.set_input(input.clone()));
                }
                runners
            });
            let Some((slot, compiled)) = runners.pieces.get_mut(piece).zip(program.bytecode.get(piece))
            else {
                return Ok(Value::Undefined);
            };
            let runner = slot.get_or_insert_with(|| Runner { program: compiled.copied(), vm: None });
            if runner.vm.is_none() {
                let mut new = RegoVM::new();
                new.load_program(Arc::clone(&runner.program));
                let data = data.as_ref().unwrap_or(&runners.data).clone();
                new.set_data(data).map_err(|error| error.to_string())?;
                new.set_max_instructions(program.limits.instructions);
                new.set_execution_timer_config(Some(timer(program.limits)));
                new.set_input(input.clone());
                runner.vm = Some(Box::new(new));
            }
            match &mut runner.vm {
                Some(vm) => vm.execute_entry_point_by_index(entry).map_err(|error| error.to_string()),
                None => Ok(Value::Undefined),
            }
        })
    }

    pub(super) fn interpret(&mut self, path: &str) -> Result<Value, Stop> {
        let Self { program, input, data, desk, watched, .. } = self;
        if desk.is_none() {
            let idle = if *watched { None } else { program.idle.desk() };
            let mut new = match idle {
                Some(idle) => idle,
                None => Desk::of(program.engine(*watched)?),
            };
            new.used = new.used.filter(|_| data.is_none());
            new.used.iter_mut().for_each(|engine| engine.set_input(input.clone()));
            *desk = Some(new);
        }
        let Some(desk) = desk else { return Ok(Value::Undefined) };
        guarded(|| {
            if desk.used.is_none() {
                let mut new = Engine::clone(&desk.engine);
                if let Some(data) = data {
                    new.clear_data();
                    new.add_data(data.clone())?;
                }
                new.set_execution_timer_config(timer(program.limits));
                new.set_gather_prints(true);
                new.set_enable_coverage(*watched);
                new.set_input(input.clone());
                desk.used = Some(Box::new(new));
            }
            let Some(engine) = &mut desk.used else { return Ok(Value::Undefined) };
            let answer = engine.eval_rule(path.to_owned());
            if !*watched {
                // Nobody reads what policies print about thousands of inputs; it is gathered so that it goes nowhere else.
                engine.take_prints()?;
            }
            answer
        })
        .map_err(|stop| program.told(stop))
    }

    fn used(&mut self) -> Option<&mut Engine> {
        self.desk.as_mut()?.used.as_deref_mut()
    }

    /// What policies printed since the last time, `file:line: text`.
    pub fn prints(&mut self) -> Vec<String> {
        let mut prints = std::mem::take(&mut self.kept.0);
        prints.extend(self.used().and_then(|engine| engine.take_prints().ok()).into_iter().flatten());
        prints
    }

    /// Which lines of policies ran, and which did not; of a watched machine. A policy may be there several times.
    pub fn lines(&mut self) -> Vec<Lines> {
        let mut lines = std::mem::take(&mut self.kept.1);
        lines.extend(self.reported());
        lines
    }

    fn reported(&mut self) -> Vec<Lines> {
        let Some(engine) = self.used() else { return Vec::new() };
        let report = engine.get_coverage_report();
        let files = report.map(|report| report.files).unwrap_or_default();
        let lines = |file: regorus::coverage::File| Lines {
            policy: file.path,
            ran: file.covered.into_iter().collect(),
            not: file.not_covered.into_iter().collect(),
        };
        files.into_iter().map(lines).collect()
    }
}

impl Drop for Machine<'_> {
    fn drop(&mut self) {
        if self.data.is_some() {
            self.forget();
        }
        self.set_input(Value::Undefined);
        if let Some(runners) = self.runners.take() {
            self.program.idle.leave(runners);
        }
        if let Some(desk) = self.desk.take().filter(|_| !self.watched) {
            self.program.idle.engine(desk);
        }
    }
}

/// Which lines of a policy ran.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lines {
    /// The name of the policy.
    pub policy: String,
    /// Lines that ran, from 1.
    pub ran: Vec<u32>,
    /// Lines with something to run that did not.
    pub not: Vec<u32>,
}
