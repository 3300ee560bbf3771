//! A model that is loaded: an image in, what it shows out.

use std::sync::Arc;

use customer::Prediction;
use resizer::{Format, Layout, Limits, Raster, RenderError, Size, Transform};
use tract_onnx::prelude::{
    Datum, Framework, InferenceFact, InferenceModelExt, IntoRunnable, IntoTValue, Tensor,
    TractError, TypedRunnableModel, tvec,
};

use crate::declaration::{CHANNELS, Declaration, DeclarationError};

/// What `train.py` exported, ready to be asked. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Classifier {
    declaration: Arc<Declaration>,
    network: Arc<TypedRunnableModel>,
}

/// Why a file is no model that can be served.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("the file is no ONNX model of images")]
    Onnx(#[source] TractError),
    #[error(transparent)]
    Declaration(#[from] DeclarationError),
}

/// Why there is no prediction.
#[derive(Debug, thiserror::Error)]
pub enum ClassifyError {
    /// The sender's fault.
    #[error("the image cannot be used: {0}")]
    Image(#[from] RenderError),
    #[error("the network cannot be run")]
    Network(#[source] TractError),
    #[error("the network answers {found} numbers for {classes} classes")]
    Outputs { found: usize, classes: usize },
}

impl Classifier {
    /// Reads `model.onnx`: one input `[1, 3, height, width]`, one output `[1, classes]` of probabilities.
    pub fn load(onnx: &[u8]) -> Result<Self, LoadError> {
        let importer = tract_onnx::onnx();
        let proto = importer.proto_model_for_read(&mut &onnx[..]).map_err(LoadError::Onnx)?;
        let metadata = proto.metadata_props.iter();
        let metadata = metadata.map(|entry| (entry.key.clone(), entry.value.clone())).collect();
        let declaration = Declaration::read(&metadata)?;
        let Size { width, height } = declaration.size;
        let shape = [1, CHANNELS, height as usize, width as usize];
        let network = importer
            .model_for_proto_model(&proto)
            .and_then(|model| {
                model.with_input_fact(0, InferenceFact::dt_shape(f32::datum_type(), shape))
            })
            .and_then(InferenceModelExt::into_optimized)
            .and_then(IntoRunnable::into_runnable)
            .map_err(LoadError::Onnx)?;
        Ok(Self { declaration: Arc::new(declaration), network })
    }

    pub fn declaration(&self) -> &Declaration {
        &self.declaration
    }

    /// Classifies an encoded image of any size, of which the rendition that the model declares is made first.
    pub fn classify(&self, image: &[u8], limits: &Limits) -> Result<Prediction, ClassifyError> {
        let pixels = self.pixels(image, limits)?;
        let probabilities = self.run(&pixels)?;
        let classes = &self.declaration.classes;
        let outputs = ClassifyError::Outputs { found: probabilities.len(), classes: classes.len() };
        if probabilities.len() != classes.len() {
            return Err(outputs);
        }
        Prediction::new(classes.iter().zip(probabilities)).ok_or(outputs)
    }

    /// Plane by plane, red, green and blue, as the network takes them.
    fn pixels(&self, image: &[u8], limits: &Limits) -> Result<Vec<f32>, RenderError> {
        // JPEG has no transparency: what an image has of it is put onto the background.
        let transform =
            Transform { enlarge: true, format: Some(Format::Jpeg), ..self.declaration.rendition };
        let picture = resizer::pixels(image, &transform, limits)?;
        let Declaration { mean, std, .. } = &*self.declaration;
        let level = |raster: &Raster, channel: usize, pixel: &[u8]| {
            let gray = raster.layout() == Layout::Gray;
            let level = pixel[if gray { 0 } else { channel }];
            (f32::from(level) / 255.0 - mean[channel]) / std[channel]
        };
        // Of an animation the first frame is looked at.
        let planes = picture.rasters().take(1).flat_map(|raster| {
            let pixels = raster.pixels().chunks_exact(raster.layout().channels());
            let plane =
                move |channel| pixels.clone().map(move |pixel| level(raster, channel, pixel));
            (0..CHANNELS).flat_map(plane)
        });
        Ok(planes.collect())
    }

    fn run(&self, pixels: &[f32]) -> Result<Vec<f32>, ClassifyError> {
        let Size { width, height } = self.declaration.size;
        let shape = [1, CHANNELS, height as usize, width as usize];
        let input = Tensor::from_shape(&shape, pixels).map_err(ClassifyError::Network)?;
        let outputs =
            self.network.run(tvec!(input.into_tvalue())).map_err(ClassifyError::Network)?;
        let probabilities = outputs.first().map(|output| {
            let numbers = output.view().as_slice::<f32>().map_err(ClassifyError::Network)?;
            Ok(numbers.to_vec())
        });
        probabilities.unwrap_or(Ok(Vec::new()))
    }
}
