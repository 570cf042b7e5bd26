using Lepton.Orleans.Silo.Apis.Problems;

namespace Lepton.Orleans.Silo.Tests.Requests;

public sealed class ProblemMappingTests
{
    [Fact]
    public void A_read_that_fails_does_not_talk_of_what_was_kept()
    {
        Exception[] interruptions = [new StoreUnavailableException("read", new IOException("away")), new TimeoutException(), new SiloUnavailableException("gone"), new OperationCanceledException()];
        foreach (var exception in interruptions)
        {
            var (read, write) = (ProblemMapping.Of(exception, RequestEffect.Asks), ProblemMapping.Of(exception, RequestEffect.Adds));

            Assert.Equal((503, 503), (read.Status, write.Status));
            Assert.NotNull(read.RetryAfter);
            Assert.EndsWith("; try again.", read.Detail, StringComparison.Ordinal);
            Assert.Contains("kept", write.Detail, StringComparison.Ordinal);
            Assert.Contains("counts as a new event", write.Detail, StringComparison.Ordinal);
            Assert.DoesNotContain("event", ProblemMapping.Of(exception, RequestEffect.Sets).Detail, StringComparison.Ordinal);
        }
    }
}
