namespace Lepton.Orleans.ClusterTests.Monitoring;

/// <summary>A field of a protobuf message that has a length: a text, bytes or a message.</summary>
internal readonly record struct ProtobufField(int Number, ReadOnlyMemory<byte> Content)
{
    /// <summary>The fields that have a length, in their order.</summary>
    /// <exception cref="InvalidDataException">It is no such message.</exception>
    public static IReadOnlyList<ProtobufField> Of(ReadOnlyMemory<byte> message)
    {
        var fields = new List<ProtobufField>();
        while (!message.IsEmpty)
        {
            var tag = Varint(ref message);
            switch (tag & 7)
            {
                case 0:
                    _ = Varint(ref message);
                    break;
                case 1:
                    message = message[sizeof(ulong)..];
                    break;
                case 2:
                    var length = (int)Varint(ref message);
                    fields.Add(new ProtobufField((int)(tag >> 3), message[..length]));
                    message = message[length..];
                    break;
                case 5:
                    message = message[sizeof(uint)..];
                    break;
                default:
                    throw new InvalidDataException($"There is no wire type {tag & 7}.");
            }
        }

        return fields;

        // Seven bits a byte, the lowest first.
        static ulong Varint(ref ReadOnlyMemory<byte> message)
        {
            var number = 0ul;
            for (var shift = 0; ; shift += 7)
            {
                var next = message.Span[0];
                message = message[1..];
                number |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80)
                {
                    return number;
                }
            }
        }
    }
}
