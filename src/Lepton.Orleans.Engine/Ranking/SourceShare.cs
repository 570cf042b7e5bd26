namespace Lepton.Orleans.Engine.Ranking;

/// <summary>What one source adds to an item's score.</summary>
/// <param name="Source">The source.</param>
/// <param name="Contribution">Its weighted, standardised score; all contributions add up to the blended score.</param>
/// <param name="Seed">The item of the history that weighed most in it, −1 where the source does not go by items.</param>
public readonly record struct SourceShare(Source Source, float Contribution, int Seed);
