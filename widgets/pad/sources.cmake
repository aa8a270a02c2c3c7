target_sources(convolab_widgets PRIVATE pad/drawing_pad.cpp pad/drawing_pad.h)
