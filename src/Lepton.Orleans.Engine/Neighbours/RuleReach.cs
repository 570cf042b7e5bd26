namespace Lepton.Orleans.Engine.Neighbours;

/// <summary>How far a sequential rule reaches: an item that came s steps before another gains s^−γ towards it, up to the window.</summary>
/// <param name="Window">The most steps, up to <see cref="EventPairs.DefaultRuleWindow"/> where rules are counted per event.</param>
/// <param name="Decay">γ.</param>
public readonly record struct RuleReach(int Window, float Decay)
{
    /// <summary>What rules are counted with unless a build says otherwise.</summary>
    public static RuleReach Default => new(EventPairs.DefaultRuleWindow, EventPairs.DefaultRuleDecay);
}
