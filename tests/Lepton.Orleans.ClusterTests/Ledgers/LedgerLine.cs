using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Ledgers;

/// <summary>
/// What was sent and promised for one key. With an explicit timestamp or a name any number of sends is one event; without
/// either each send that may have arrived may have added its value.
/// </summary>
internal sealed class LedgerLine(FeedbackRow row)
{
    private readonly Lock gate = new();
    private int mayHaveArrived;
    private int acknowledged;

    public FeedbackRow Row { get; } = row;

    public bool IsAcknowledged => Promised > 0;

    /// <summary>The value that must be found at the least.</summary>
    public double Promised => Total(acknowledged);

    /// <summary>The value that can be found at the most.</summary>
    public double Possible => Total(mayHaveArrived);

    public void Send()
    {
        lock (gate)
        {
            mayHaveArrived++;
        }
    }

    public void Settle(Outcome outcome)
    {
        lock (gate)
        {
            switch (outcome)
            {
                case Outcome.Acknowledged:
                    acknowledged++;
                    break;
                case Outcome.NotSent or Outcome.Refused:
                    mayHaveArrived--;
                    break;
            }
        }
    }

    private double Total(int times)
    {
        lock (gate)
        {
            return Row.Value * (Row.MayRepeat ? Math.Min(times, 1) : times);
        }
    }
}
