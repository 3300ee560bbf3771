#![doc = "Skeleton."]
