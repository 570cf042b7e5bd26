namespace Lepton.Orleans.Grains.Events;

/// <summary>A list that was handed out.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="UserId">Whose list it is.</param>
/// <param name="Request">What was asked for.</param>
/// <param name="At">When.</param>
/// <param name="Explain">
/// Makes its places, with the reasons for each: takes longer than the list did, and can be called on any thread. Reasons are those
/// of the model at that moment.
/// </param>
public sealed record ServedList(string Tenant, string UserId, RecommendRequest Request, DateTimeOffset At, Func<RecommendationList> Explain);
