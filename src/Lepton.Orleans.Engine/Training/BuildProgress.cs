namespace Lepton.Orleans.Engine.Training;

/// <summary>How far a build is.</summary>
/// <param name="Stage">What it is doing.</param>
/// <param name="Share">The share of the whole build that is done, 0 to 1; an estimate.</param>
public readonly record struct BuildProgress(BuildStage Stage, double Share);
