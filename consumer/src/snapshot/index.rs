//! `index/index.parquet`: a row for each sample, with the bytes that it takes in its shard, so that SQL finds images and one
//! range read fetches each.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use parquet::{
    basic::Compression,
    column::writer::ColumnWriter,
    data_type::ByteArray,
    errors::ParquetError,
    file::{
        properties::WriterProperties,
        reader::{FileReader, SerializedFileReader},
        writer::SerializedFileWriter,
    },
    record::{self, ListAccessor, RowAccessor},
    schema::parser::parse_message_type,
};

use super::{
    choose::Chosen,
    diff::Sample,
    feed_state::Position,
    shards::{Row, Shard, ShardPlan},
};

/// Rows of a group; their columns are in memory together.
const GROUP_ROWS: usize = 50_000;

const SCHEMA: &str = "
message index {
    required binary key (STRING);
    required binary split (STRING);
    required binary shard (STRING);
    required int64 offset;
    required int64 size;
    required binary type (STRING);
    optional int32 class;
    required group labels (LIST) { repeated group list { required binary element (STRING); } }
    required int32 width;
    required int32 height;
    required binary customer (STRING);
    required binary image (STRING);
    required int64 version;
    required int64 uploaded_at (TIMESTAMP(MILLIS, true));
    required binary consent (STRING);
    required binary epoch (STRING);
    required binary topic (STRING);
    required int32 partition;
    required int64 kafka_offset;
}
";

/// A sample and where it lies.
pub(crate) struct Indexed<'a> {
    pub(crate) chosen: &'a Chosen,
    pub(crate) row: &'a Row,
    pub(crate) shard: &'a str,
    position: &'a Position,
}

/// All samples in the order of their shards.
pub(crate) fn indexed<'a>(
    plans: &'a [ShardPlan],
    shards: &'a [Shard],
    chosen: &'a [Chosen],
    positions: &'a [Position],
) -> Vec<Indexed<'a>> {
    let of_shard = |(plan, shard): (&ShardPlan, &'a Shard)| {
        let chosen = &chosen[plan.chosen.clone()];
        chosen.iter().zip(&shard.rows).map(|(chosen, row)| {
            let position = &positions[chosen.sample.chain];
            Indexed { chosen, row, shard: &shard.key, position }
        })
    };
    plans.iter().zip(shards).flat_map(of_shard).collect()
}

/// The file. The same rows are the same bytes.
pub(crate) fn write(rows: &[Indexed<'_>]) -> Result<Vec<u8>, ParquetError> {
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    let properties = WriterProperties::builder()
        .set_compression(Compression::UNCOMPRESSED)
        .set_created_by("darkroom".to_owned())
        .build();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
    for rows in rows.chunks(GROUP_ROWS) {
        let mut group = writer.next_row_group()?;
        for column in 0.. {
            let Some(mut next) = group.next_column()? else { break };
            write_column(column, rows, next.untyped())?;
            next.close()?;
        }
        group.close()?;
    }
    writer.into_inner()
}

/// The samples of such a file, by key. `classes` are the names of its numbers.
pub(crate) fn read(
    file: Bytes,
    classes: &[String],
) -> Result<BTreeMap<String, Sample>, ParquetError> {
    let reader = SerializedFileReader::new(file)?;
    reader.get_row_iter(None)?.map(|row| read_row(&row?, classes)).collect()
}

fn read_row(row: &record::Row, classes: &[String]) -> Result<(String, Sample), ParquetError> {
    let edge = |column| row.get_int(column).map(i32::cast_unsigned);
    let class = row.get_int(6).ok().and_then(|class| classes.get(usize::try_from(class).ok()?));
    let labels = row.get_list(7)?;
    let labels = (0..labels.len()).map(|at| labels.get_string(at).cloned());
    let sample = Sample {
        split: row.get_string(1)?.clone(),
        class: class.cloned(),
        labels: labels.collect::<Result<_, _>>()?,
        customer: row.get_string(10)?.clone(),
        image: row.get_string(11)?.clone(),
        width: edge(8)?,
        height: edge(9)?,
        bytes: row.get_long(4)?.cast_unsigned(),
    };
    Ok((row.get_string(0)?.clone(), sample))
}

/// By the number of the column in [`SCHEMA`].
fn write_column(
    column: usize,
    rows: &[Indexed<'_>],
    writer: &mut ColumnWriter<'_>,
) -> Result<(), ParquetError> {
    let texts = |of: fn(&Indexed<'_>) -> String| -> Vec<ByteArray> {
        rows.iter().map(|row| of(row).into_bytes().into()).collect()
    };
    let longs = |of: fn(&Indexed<'_>) -> i64| -> Vec<i64> { rows.iter().map(of).collect() };
    let ints = |of: fn(&Indexed<'_>) -> i64| -> Vec<i32> {
        rows.iter().map(|row| of(row).try_into().unwrap_or(i32::MAX)).collect()
    };
    match column {
        0 => write_texts(writer, &texts(|row| row.chosen.key.clone())),
        1 => write_texts(writer, &texts(|row| row.chosen.split.as_str().to_owned())),
        2 => write_texts(writer, &texts(|row| row.shard.to_owned())),
        3 => write_longs(writer, &longs(|row| signed(row.row.offset))),
        4 => write_longs(writer, &longs(|row| signed(row.row.bytes))),
        5 => write_texts(writer, &texts(|row| row.row.media_type.clone())),
        6 => write_classes(writer, rows),
        7 => write_labels(writer, rows),
        8 => write_ints(writer, &ints(|row| row.row.width.into())),
        9 => write_ints(writer, &ints(|row| row.row.height.into())),
        10 => write_texts(writer, &texts(|row| row.chosen.record.customer.to_string())),
        11 => write_texts(writer, &texts(|row| row.chosen.record.image.to_string())),
        12 => write_longs(
            writer,
            &longs(|row| i64::try_from(row.chosen.record.version).unwrap_or(i64::MAX)),
        ),
        13 => write_longs(writer, &longs(|row| row.chosen.record.uploaded_at.ms())),
        // Who has not agreed is not among the chosen.
        14 => write_texts(writer, &texts(|_| "training".to_owned())),
        15 => write_texts(writer, &texts(|row| row.position.chain.epoch.clone())),
        16 => write_texts(writer, &texts(|row| row.position.chain.topic.clone())),
        17 => write_ints(writer, &ints(|row| row.position.chain.partition.into())),
        _ => write_longs(writer, &longs(|row| row.chosen.sample.offset)),
    }
}

fn write_texts(writer: &mut ColumnWriter<'_>, values: &[ByteArray]) -> Result<(), ParquetError> {
    let ColumnWriter::ByteArrayColumnWriter(writer) = writer else { return mismatch() };
    writer.write_batch(values, None, None).map(drop)
}

fn write_longs(writer: &mut ColumnWriter<'_>, values: &[i64]) -> Result<(), ParquetError> {
    let ColumnWriter::Int64ColumnWriter(writer) = writer else { return mismatch() };
    writer.write_batch(values, None, None).map(drop)
}

fn write_ints(writer: &mut ColumnWriter<'_>, values: &[i32]) -> Result<(), ParquetError> {
    let ColumnWriter::Int32ColumnWriter(writer) = writer else { return mismatch() };
    writer.write_batch(values, None, None).map(drop)
}

/// Definition level 1 where there is a class.
fn write_classes(writer: &mut ColumnWriter<'_>, rows: &[Indexed<'_>]) -> Result<(), ParquetError> {
    let ColumnWriter::Int32ColumnWriter(writer) = writer else { return mismatch() };
    let classes = rows.iter().map(|row| row.chosen.class);
    let levels: Vec<i16> = classes.clone().map(|class| class.is_some().into()).collect();
    let values: Vec<i32> =
        classes.flatten().map(|class| class.try_into().unwrap_or(i32::MAX)).collect();
    writer.write_batch(&values, Some(&levels), None).map(drop)
}

/// Definition level 0 of an empty list; repetition level 1 within a list.
fn write_labels(writer: &mut ColumnWriter<'_>, rows: &[Indexed<'_>]) -> Result<(), ParquetError> {
    let ColumnWriter::ByteArrayColumnWriter(writer) = writer else { return mismatch() };
    let (mut values, mut defined, mut repeated) = (Vec::<ByteArray>::new(), Vec::new(), Vec::new());
    for row in rows {
        let labels = &row.chosen.record.labels;
        if labels.is_empty() {
            defined.push(0);
            repeated.push(0);
        }
        for (at, label) in labels.iter().enumerate() {
            values.push(label.as_str().into());
            defined.push(1);
            repeated.push((at > 0).into());
        }
    }
    writer.write_batch(&values, Some(&defined), Some(&repeated)).map(drop)
}

fn mismatch() -> Result<(), ParquetError> {
    Err(ParquetError::General("a column is not of its type in the schema".to_owned()))
}

fn signed(number: usize) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}
