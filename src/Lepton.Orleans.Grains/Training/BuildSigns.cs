namespace Lepton.Orleans.Grains.Training;

/// <summary>What a look at a tenant finds of whether a build is due.</summary>
/// <param name="Now">The time of the look.</param>
/// <param name="Feedback">Positive feedback as the shards have counted it.</param>
/// <param name="Built">Positive feedback that the last build was made from; 0 before the first.</param>
/// <param name="IsMissed">Something only a build brings back is missing: a first model, or counts that a crash has cost.</param>
/// <param name="FirstErasure">When the first user was erased whom no build has heeded; <see langword="null"/> where there is none.</param>
internal readonly record struct BuildSigns(DateTimeOffset Now, long Feedback, long Built, bool IsMissed, DateTimeOffset? FirstErasure);
