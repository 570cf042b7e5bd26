namespace Lepton.Orleans.Client.Tests;

/// <summary>Lets calls of a method reach the service, and loses some of their answers, as a silo that dies in between does.</summary>
internal sealed class LostAnswers(string method, int count) : IOutgoingGrainCallFilter
{
    private int _left = count;

    public int Calls { get; private set; }

    public void Mend() => _left = 0;

    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        await context.Invoke();
        if (context.MethodName == method)
        {
            Calls++;
            if (_left-- > 0)
            {
                throw new SiloUnavailableException("The silo died over it.");
            }
        }
    }
}
