namespace Lepton.Orleans.Engine.Evaluation;

/// <summary>One question to a model: given a history, where do the targets stand?</summary>
/// <param name="History">Distinct items, newest first.</param>
/// <param name="Targets">What the user had next.</param>
/// <param name="Excluded">Items that are removed before ranking.</param>
/// <param name="Candidates">The only items that are ranked, the targets among them; <see langword="null"/> for the whole catalogue.</param>
public sealed record EvaluationCase(int[] History, int[] Targets, int[] Excluded, int[]? Candidates = null);
