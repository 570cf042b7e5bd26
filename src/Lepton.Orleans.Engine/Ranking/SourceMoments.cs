namespace Lepton.Orleans.Engine.Ranking;

/// <summary>The moments of each personal source's scores over all items, for one user.</summary>
internal readonly record struct SourceMoments(Moments Transitions, Moments CoOccurrence, Moments Neighbourhood, Moments Embedding);
