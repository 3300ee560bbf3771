//! Against libjpeg-turbo and the transform as the standard defines it: over the fixtures, over files written here in every
//! form that the standard allows, and over damaged ones.

mod damage;
mod dice;
mod equality;
mod parts;
mod progression;
mod sample;
mod writer;
