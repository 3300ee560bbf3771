//! Files made of random frequencies, with any sampling factors, scans, codes and restarts.

use super::dice::Dice;
use super::progression::{self, Step};
use super::writer::{Code, Writer};

pub(super) type Block = [i32; 64];

/// One component with its blocks, whole units of them, row by row.
pub(super) struct Component {
    pub(super) id: u8,
    pub(super) h: usize,
    pub(super) v: usize,
    pub(super) stride: usize,
    /// Blocks that hold some of the picture.
    pub(super) wide: usize,
    pub(super) high: usize,
    pub(super) blocks: Vec<Block>,
}

/// What a file is to be like.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) factors: Vec<(usize, usize)>,
    pub(super) is_progressive: bool,
    pub(super) is_interleaved: bool,
    pub(super) restart_interval: usize,
    pub(super) width: usize,
    pub(super) height: usize,
    /// Adobe's number for the colour space.
    pub(super) adobe: Option<u8>,
}

/// Writes blocks, given by component and number.
pub(super) type Write = fn(&mut Writer, &Sample, &[(usize, usize)], &Step);

/// A file that is being written.
pub(super) struct Sample {
    pub(super) form: Form,
    pub(super) components: Vec<Component>,
    pub(super) mcus: (usize, usize),
    pub(super) dc: [Code; 2],
    pub(super) ac: [Code; 2],
    /// What every frequency is multiplied with.
    pub(super) factor: usize,
    pub(super) writer: Writer,
}

impl Form {
    pub(super) fn random(dice: &mut Dice) -> Self {
        let common: [&[(usize, usize)]; 9] = [
            &[(1, 1)],
            &[(2, 2), (1, 1), (1, 1)],
            &[(2, 1), (1, 1), (1, 1)],
            &[(1, 1), (1, 1), (1, 1)],
            &[(1, 2), (1, 1), (1, 1)],
            &[(4, 1), (1, 1), (1, 1)],
            &[(2, 2), (2, 1), (1, 2)],
            &[(1, 1), (1, 1), (1, 1), (1, 1)],
            &[(2, 2), (1, 1), (1, 1), (2, 2)],
        ];
        let any = |dice: &mut Dice| (1 + dice.below(4), 1 + dice.below(4));
        let factors = if dice.once_in(4) {
            (0..dice.one_of(&[1, 3, 3, 4])).map(|_| any(dice)).collect()
        } else {
            dice.one_of(&common).to_vec()
        };
        let adobe = if dice.once_in(2) { Some(dice.one_of(&[0, 1, 2])) } else { None };
        Self {
            is_progressive: dice.once_in(2),
            is_interleaved: !dice.once_in(4),
            restart_interval: if dice.once_in(3) { 1 + dice.below(9) } else { 0 },
            width: 1 + dice.below(70),
            height: 1 + dice.below(70),
            adobe,
            factors,
        }
    }
}

impl Sample {
    pub(super) fn random(dice: &mut Dice, form: Form) -> Self {
        let code = |dice: &mut Dice, is_ac| Code::random(dice, is_ac);
        let (dc, ac) =
            ([code(dice, false), code(dice, false)], [code(dice, true), code(dice, true)]);
        let h_max = form.factors.iter().map(|factor| factor.0).max().unwrap();
        let v_max = form.factors.iter().map(|factor| factor.1).max().unwrap();
        let mcus = (form.width.div_ceil(8 * h_max), form.height.div_ceil(8 * v_max));
        let component = |(index, (h, v)): (usize, (usize, usize))| Component {
            id: u8::try_from(index + 1).unwrap(),
            h,
            v,
            stride: mcus.0 * h,
            wide: (form.width * h).div_ceil(8 * h_max),
            high: (form.height * v).div_ceil(8 * v_max),
            blocks: Vec::new(),
        };
        let mut components: Vec<Component> =
            form.factors.iter().copied().enumerate().map(component).collect();
        let factor = 1 + dice.below(12);
        for component in &mut components {
            let blocks = component.stride * mcus.1 * component.v;
            component.blocks = (0..blocks).map(|_| block(dice, factor)).collect();
        }
        let mut sample = Self { form, components, mcus, dc, ac, factor, writer: Writer::default() };
        sample.write(dice);
        sample
    }

    fn write(&mut self, dice: &mut Dice) {
        self.header(self.factor);
        self.scans(dice);
        self.writer.bytes.extend([0xFF, 0xD9]);
    }

    /// The file, written anew after a change.
    pub(super) fn rewritten(&mut self) -> Vec<u8> {
        self.writer = Writer::default();
        self.write(&mut Dice::new(0));
        self.bytes()
    }

    /// The file.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.writer.bytes.clone()
    }

    /// One component as a grey file of its own, without restarts.
    pub(super) fn alone(&self, index: usize) -> Vec<u8> {
        let Component { h, v, stride, wide, high, blocks, .. } = &self.components[index];
        let (h_max, v_max) = self.factors_max();
        let form = Form {
            factors: vec![(1, 1)],
            is_progressive: false,
            is_interleaved: true,
            restart_interval: 0,
            width: (self.form.width * h).div_ceil(h_max),
            height: (self.form.height * v).div_ceil(v_max),
            adobe: None,
        };
        let rows = blocks.chunks(*stride).take(*high);
        let blocks = rows.flat_map(|row| &row[..*wide]).copied().collect();
        let (id, stride) = (1, *wide);
        let component = Component { id, h: 1, v: 1, stride, wide: *wide, high: *high, blocks };
        let mut alone = Self {
            form,
            components: vec![component],
            mcus: (*wide, *high),
            dc: self.dc.clone(),
            ac: self.ac.clone(),
            factor: self.factor,
            writer: Writer::default(),
        };
        alone.write(&mut Dice::new(0));
        alone.bytes()
    }

    fn factors_max(&self) -> (usize, usize) {
        let factors = &self.form.factors;
        let h_max = factors.iter().map(|factor| factor.0).max().unwrap();
        (h_max, factors.iter().map(|factor| factor.1).max().unwrap())
    }

    fn header(&mut self, factor: usize) {
        self.writer.bytes.extend([0xFF, 0xD8]);
        if let Some(transform) = self.form.adobe {
            self.writer.segment(0xEE, &[b"Adobe\0\x64\0\0\0\0".as_slice(), &[transform]].concat());
        }
        let table = [vec![0], vec![u8::try_from(factor).unwrap(); 64]].concat();
        self.writer.segment(0xDB, &table);
        let size = |length: usize| u16::try_from(length).unwrap().to_be_bytes();
        let count = u8::try_from(self.components.len()).unwrap();
        let mut frame = vec![8];
        frame.extend([size(self.form.height), size(self.form.width)].concat());
        frame.push(count);
        for Component { id, h, v, .. } in &self.components {
            frame.extend([*id, u8::try_from(h << 4 | v).unwrap(), 0]);
        }
        self.writer.segment(if self.form.is_progressive { 0xC2 } else { 0xC0 }, &frame);
        for at in 0..2 {
            let number = u8::try_from(at).unwrap();
            let tables =
                [vec![number], self.dc[at].table(), vec![0x10 | number], self.ac[at].table()];
            self.writer.segment(0xC4, &tables.concat());
        }
        if self.form.restart_interval > 0 {
            self.writer.segment(0xDD, &size(self.form.restart_interval));
        }
    }

    fn scans(&mut self, dice: &mut Dice) {
        let all: Vec<usize> = (0..self.components.len()).collect();
        let blocks: usize = self.components.iter().map(|part| part.h * part.v).sum();
        let groups: Vec<Vec<usize>> = if self.form.is_interleaved && blocks <= 10 {
            vec![all]
        } else {
            all.into_iter().map(|index| vec![index]).collect()
        };
        if self.form.is_progressive {
            return progression::write(self, dice, &groups);
        }
        for group in groups {
            self.scan(&group, &Step { first: 0, last: 63, high: 0, low: 0 }, sequential);
        }
    }

    /// One scan: `write` writes what lies between two restarts.
    pub(super) fn scan(&mut self, group: &[usize], step: &Step, write: Write) {
        let mut header = vec![u8::try_from(group.len()).unwrap()];
        for index in group {
            let table = u8::try_from(index & 1).unwrap();
            header.extend([self.components[*index].id, table << 4 | table]);
        }
        header.extend([step.first, step.last, step.high << 4 | step.low]);
        let mut writer = std::mem::take(&mut self.writer);
        writer.segment(0xDA, &header);
        let units = self.units(group);
        let interval =
            if self.form.restart_interval == 0 { units.len() } else { self.form.restart_interval };
        for (number, units) in units.chunks(interval).enumerate() {
            if number > 0 {
                writer.restart(number - 1);
            }
            let blocks: Vec<_> = units.iter().flatten().copied().collect();
            write(&mut writer, self, &blocks, step);
            writer.flush();
        }
        self.writer = writer;
    }

    pub(super) fn block(&self, (index, at): (usize, usize)) -> &Block {
        &self.components[index].blocks[at]
    }

    fn units(&self, group: &[usize]) -> Vec<Vec<(usize, usize)>> {
        if let [index] = *group {
            let Component { wide, high, stride, .. } = self.components[index];
            let places = (0..high).flat_map(|y| (0..wide).map(move |x| y * stride + x));
            return places.map(|at| vec![(index, at)]).collect();
        }
        let unit = |x: usize, y: usize| {
            let part = |index: &usize| {
                let (index, Component { h, v, stride, .. }) = (*index, &self.components[*index]);
                let (h, v, stride) = (*h, *v, *stride);
                let row =
                    move |dy| (0..h).map(move |dx| (index, (y * v + dy) * stride + x * h + dx));
                (0..v).flat_map(row)
            };
            group.iter().flat_map(part).collect()
        };
        let (wide, high) = self.mcus;
        (0..high).flat_map(|y| (0..wide).map(move |x| (x, y))).map(|(x, y)| unit(x, y)).collect()
    }
}

/// Frequencies, not multiplied: few, small ones towards the end, and no more than a picture has.
fn block(dice: &mut Dice, factor: usize) -> Block {
    let mut block = [0; 64];
    let number = |dice: &mut Dice, below: usize| {
        let magnitude = i32::try_from(dice.below(below.max(2))).unwrap();
        if dice.once_in(2) { -magnitude } else { magnitude }
    };
    block[0] = number(dice, 1000 / factor);
    if dice.once_in(4) {
        return block;
    }
    let density = dice.one_of(&[2, 5, 20, 60]);
    let last = 1 + dice.below(64);
    for (k, value) in block.iter_mut().enumerate().take(last).skip(1) {
        if dice.once_in(density) {
            *value = number(dice, 600 / factor / (k + 1) + 2);
        }
    }
    block
}

/// F.1.2
fn sequential(writer: &mut Writer, sample: &Sample, blocks: &[(usize, usize)], _: &Step) {
    let mut predictions = [0; 4];
    for place in blocks {
        let (block, index) = (sample.block(*place), place.0);
        writer.number(&sample.dc[index & 1], 0, block[0] - predictions[index]);
        predictions[index] = block[0];
        let ac = &sample.ac[index & 1];
        let mut zeros = 0;
        for value in &block[1..] {
            if *value == 0 {
                zeros += 1;
                continue;
            }
            for _ in 0..zeros / 16 {
                writer.symbol(ac, 0xF0);
            }
            writer.number(ac, zeros % 16, *value);
            zeros = 0;
        }
        if zeros > 0 {
            writer.symbol(ac, 0);
        }
    }
}
