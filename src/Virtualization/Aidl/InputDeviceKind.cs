namespace Virtualization.Aidl;

/// <summary>The kinds of input devices: the tags of the union (AVF InputDevice.aidl).</summary>
public enum InputDeviceKind
{
    /// <summary>A touch screen for one finger.</summary>
    SingleTouch = 0,

    /// <summary>An event device of the host.</summary>
    EvDev = 1,

    /// <summary>A keyboard.</summary>
    Keyboard = 2,

    /// <summary>A mouse.</summary>
    Mouse = 3,

    /// <summary>Switches.</summary>
    Switches = 4,

    /// <summary>A track pad.</summary>
    Trackpad = 5,

    /// <summary>A touch screen for several fingers.</summary>
    MultiTouch = 6,
}
