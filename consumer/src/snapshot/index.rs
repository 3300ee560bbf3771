//! `index/index.parquet`: a row for each sample, with the bytes that it takes in its shard, so that SQL finds images and one
//! range read fetches each.

use std::sync::Arc;

use bytes::Bytes;
use customer::{Chain, CustomerId, ImageId, Timestamp};
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

use super::{choose::Chosen, shards::Row, split::Split};

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IndexRow {
    /// SHA-256 of the original.
    pub(crate) key: String,
    pub(crate) split: Split,
    /// Key of the shard.
    pub(crate) shard: String,
    /// Where the image lies in the shard, and in which form.
    pub(crate) image_at: Row,
    /// Number of its class, where it has exactly one.
    pub(crate) class: Option<usize>,
    pub(crate) labels: Vec<String>,
    pub(crate) customer: CustomerId,
    pub(crate) image: ImageId,
    pub(crate) version: u64,
    pub(crate) uploaded_at: Timestamp,
    /// Which Kafka record the pixels came from.
    pub(crate) chain: Chain,
    pub(crate) kafka_offset: i64,
}

impl IndexRow {
    pub(crate) fn new(chosen: &Chosen, chain: &Chain, shard: &str, image_at: &Row) -> Self {
        let Chosen { key, split, class, record, sample } = chosen;
        Self {
            key: key.clone(),
            split: *split,
            shard: shard.to_owned(),
            image_at: image_at.clone(),
            class: *class,
            labels: record.labels.clone(),
            customer: record.customer.clone(),
            image: record.image,
            version: record.version,
            uploaded_at: record.uploaded_at,
            chain: chain.clone(),
            kafka_offset: sample.offset,
        }
    }
}

/// The file. The same rows are the same bytes.
pub(crate) fn write(rows: &[IndexRow]) -> Result<Vec<u8>, ParquetError> {
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

/// The rows of such a file, in their order.
pub(crate) fn read(file: Bytes) -> Result<Vec<IndexRow>, ParquetError> {
    let reader = SerializedFileReader::new(file)?;
    reader.get_row_iter(None)?.map(|row| read_row(&row?)).collect()
}

fn read_row(row: &record::Row) -> Result<IndexRow, ParquetError> {
    let text = |column| row.get_string(column).cloned();
    let place = |column| row.get_long(column).map(|number| number.try_into().unwrap_or_default());
    let labels = row.get_list(7)?;
    let image_at = Row {
        offset: place(3)?,
        bytes: place(4)?,
        media_type: text(5)?,
        width: row.get_int(8)?.cast_unsigned(),
        height: row.get_int(9)?.cast_unsigned(),
    };
    let (epoch, topic, partition) = (text(15)?, text(16)?, row.get_int(17)?);
    Ok(IndexRow {
        key: text(0)?,
        split: Split::named(row.get_string(1)?).ok_or_else(|| unreadable("split"))?,
        shard: text(2)?,
        image_at,
        // A column that has nothing in this row is not of its type.
        class: row.get_int(6).ok().and_then(|class| class.try_into().ok()),
        labels: (0..labels.len())
            .map(|at| labels.get_string(at).cloned())
            .collect::<Result<_, _>>()?,
        customer: row.get_string(10)?.parse().map_err(|_| unreadable("customer"))?,
        image: row.get_string(11)?.parse().map_err(|_| unreadable("image"))?,
        version: row.get_long(12)?.cast_unsigned(),
        uploaded_at: Timestamp::from_ms(row.get_timestamp_millis(13)?),
        chain: Chain { epoch, topic, partition },
        kafka_offset: row.get_long(18)?,
    })
}

fn unreadable(column: &str) -> ParquetError {
    ParquetError::General(format!("the column '{column}' holds what it cannot hold"))
}

/// By the number of the column in [`SCHEMA`].
fn write_column(
    column: usize,
    rows: &[IndexRow],
    writer: &mut ColumnWriter<'_>,
) -> Result<(), ParquetError> {
    let texts = |of: fn(&IndexRow) -> String| -> Vec<ByteArray> {
        rows.iter().map(|row| of(row).into_bytes().into()).collect()
    };
    let longs = |of: fn(&IndexRow) -> i64| -> Vec<i64> { rows.iter().map(of).collect() };
    let ints = |of: fn(&IndexRow) -> i64| -> Vec<i32> {
        rows.iter().map(|row| of(row).try_into().unwrap_or(i32::MAX)).collect()
    };
    match column {
        0 => write_texts(writer, &texts(|row| row.key.clone())),
        1 => write_texts(writer, &texts(|row| row.split.as_str().to_owned())),
        2 => write_texts(writer, &texts(|row| row.shard.clone())),
        3 => write_longs(writer, &longs(|row| signed(row.image_at.offset))),
        4 => write_longs(writer, &longs(|row| signed(row.image_at.bytes))),
        5 => write_texts(writer, &texts(|row| row.image_at.media_type.clone())),
        6 => write_classes(writer, rows),
        7 => write_labels(writer, rows),
        8 => write_ints(writer, &ints(|row| row.image_at.width.into())),
        9 => write_ints(writer, &ints(|row| row.image_at.height.into())),
        10 => write_texts(writer, &texts(|row| row.customer.to_string())),
        11 => write_texts(writer, &texts(|row| row.image.to_string())),
        12 => write_longs(writer, &longs(|row| i64::try_from(row.version).unwrap_or(i64::MAX))),
        13 => write_longs(writer, &longs(|row| row.uploaded_at.ms())),
        // Who has not agreed is not among the chosen.
        14 => write_texts(writer, &texts(|_| "training".to_owned())),
        15 => write_texts(writer, &texts(|row| row.chain.epoch.clone())),
        16 => write_texts(writer, &texts(|row| row.chain.topic.clone())),
        17 => write_ints(writer, &ints(|row| row.chain.partition.into())),
        _ => write_longs(writer, &longs(|row| row.kafka_offset)),
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
fn write_classes(writer: &mut ColumnWriter<'_>, rows: &[IndexRow]) -> Result<(), ParquetError> {
    let ColumnWriter::Int32ColumnWriter(writer) = writer else { return mismatch() };
    let classes = rows.iter().map(|row| row.class);
    let levels: Vec<i16> = classes.clone().map(|class| class.is_some().into()).collect();
    let values: Vec<i32> =
        classes.flatten().map(|class| class.try_into().unwrap_or(i32::MAX)).collect();
    writer.write_batch(&values, Some(&levels), None).map(drop)
}

/// Definition level 0 of an empty list; repetition level 1 within a list.
fn write_labels(writer: &mut ColumnWriter<'_>, rows: &[IndexRow]) -> Result<(), ParquetError> {
    let ColumnWriter::ByteArrayColumnWriter(writer) = writer else { return mismatch() };
    let (mut values, mut defined, mut repeated) = (Vec::<ByteArray>::new(), Vec::new(), Vec::new());
    for row in rows {
        let labels = &row.labels;
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
