namespace Lepton.Orleans.Engine.Ranking;

/// <summary>
/// What a user's vector minimises over vectors y of implicit feedback (Hu, Koren &amp; Volinsky, "Collaborative filtering for
/// implicit feedback datasets", 2008): Σ_{h∈H} w_h (1 − x·y_h)² + w0 Σ_b (x·y_b)² + λ (Σ w_h + w0 n) |x|² over n items.
/// </summary>
/// <param name="UnobservedWeight">w0, what an item counts that a user does not have.</param>
/// <param name="Regularisation">λ.</param>
public sealed record ImplicitFold(float UnobservedWeight, float Regularisation);
