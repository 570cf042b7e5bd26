namespace Lepton.Orleans.Grains.Pauses;

/// <summary>Whether a tenant can be written to.</summary>
/// <param name="IsPaused">Whether writes are refused.</param>
/// <param name="Until">When they go on by themselves; <see langword="null"/>: not before they are resumed.</param>
/// <param name="Mark">
/// Of a pause that was just asked for: stays the same from one request to the next for as long as no silo has taken writes in
/// between, nor joined.
/// </param>
public sealed record WritesStatus(bool IsPaused, DateTimeOffset? Until = null, string? Mark = null);
