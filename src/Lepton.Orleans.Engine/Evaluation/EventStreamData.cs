namespace Lepton.Orleans.Engine.Evaluation;

/// <summary>Events of all users in order of time.</summary>
/// <param name="Users">Whose each event is, dense numbers.</param>
/// <param name="Items">What it is of, dense numbers.</param>
/// <param name="Times">When, rising.</param>
public sealed record EventStreamData(int[] Users, int[] Items, DateTime[] Times);
